"""The training split, divided into what is learned and what validates."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistkit.contracts import ClassIndices, Images
from mnistkit.core.data import LabelledImages
from mnistkit.errors import UsageError


@dataclass(frozen=True)
class Examples:
    """Images uint8 (n, 28, 28) and class indices int64 (n,) of one part of the data."""

    images: Images
    class_indices: ClassIndices

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class Partition:
    """The two parts of a training split; `validation` may be empty."""

    train: Examples
    validation: Examples


def divide(split: LabelledImages, limit: int | None, validation: float, seed: int) -> Partition:
    """Set a share of the first `limit` images apart for validation, drawn by the seed.

    Raises:
        UsageError: Too few images to do so.
    """
    count = min(len(split.images), limit or len(split.images))
    order = np.random.default_rng(seed).permutation(count)
    held_out = round(count * validation)
    if held_out == count or (validation and not held_out):
        raise UsageError(
            f"expected at least one image to train with and one to validate with, received {count} "
            f"images and --validation {validation:g}; raise --limit or change --validation"
        )

    def take(positions: NDArray[np.int64]) -> Examples:
        return Examples(split.images[positions], split.class_indices[positions])

    return Partition(take(order[held_out:]), take(order[:held_out]))
