"""The training split, and what validates: a share of it, or images of the dataset's own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.arrays import ClassIndices, Images
from mnistkit.data.loading import LabelledImages
from mnistkit.errors import UsageError

DEFAULT_SHARE = 0.1
"""How much of the training images validates, where nothing else was asked for."""


@dataclass(frozen=True)
class Examples:
    """Images uint8 (n, 28, 28) and class indices int64 (n,) of one part of the data."""

    images: Images
    class_indices: ClassIndices

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class Partition:
    """The training set, and the validation set, which may be empty."""

    train: Examples
    validation: Examples


def share_held_out(train: LabelledImages, asked: float | None) -> float | None:
    """Return the validation share; None if the dataset has its own validation images.

    Raises:
        UsageError: A share was asked for, but the dataset has images of its own.
    """
    if train.validation is None:
        return DEFAULT_SHARE if asked is None else asked
    if asked is not None:
        raise UsageError(
            f"expected no --validation beside {train.name}, which has "
            f"{len(train.validation.images):,} validation images of its own, received {asked:g}; "
            "leave it out"
        )
    return None


def hold_out(
    split: LabelledImages, limit: int | None, validation: float | None, seed: int
) -> Partition:
    """Split the first `limit` images into a training and a validation set.

    Args:
        split: The training split.
        limit: How many of its images are used; None for all.
        validation: The share that is drawn to validate; None where the dataset's own images do.
        seed: Of what is drawn, and of the order.

    Raises:
        UsageError: Too few images to do so.
    """
    count = min(len(split.images), limit or len(split.images))
    order = np.random.default_rng(seed).permutation(count)
    held_out = round(count * (validation or 0))
    if held_out == count or (validation and not held_out):
        raise UsageError(
            f"expected at least one image to train with and one to validate with, received {count} "
            f"images and --validation {validation:g}; raise --limit or change --validation"
        )

    def take(positions: NDArray[np.int64]) -> Examples:
        return Examples(split.images[positions], split.class_indices[positions])

    own = split.validation
    if validation is None and own is not None:
        return Partition(take(order), Examples(own.images, own.class_indices))
    return Partition(take(order[held_out:]), take(order[:held_out]))
