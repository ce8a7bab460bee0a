"""Splitting training images into a training set and a validation set."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.arrays import ClassIndices, Images
from mnistkit.data.loading import LabelledImages
from mnistkit.errors import UsageError

DEFAULT_SHARE = 0.1
"""Default share of the training images in the validation set."""


@dataclass(frozen=True)
class Examples:
    """Images uint8 (n, 28, 28) and class indices int64 (n,) of a training or validation set."""

    images: Images
    class_indices: ClassIndices

    def __len__(self) -> int:
        return len(self.images)


@dataclass(frozen=True)
class Partition:
    """A training set and a validation set, which may be empty."""

    train: Examples
    validation: Examples


def share_held_out(train: LabelledImages, asked: float | None) -> float | None:
    """Return the validation share; None if the dataset has its own validation images.

    Raises:
        UsageError: A share was given, but the dataset has its own validation images.
    """
    if train.validation is None:
        return DEFAULT_SHARE if asked is None else asked
    if asked is not None:
        raise UsageError(
            f"expected no --validation for {train.name}, which has its own "
            f"{len(train.validation.images):,} validation images, received {asked:g}; leave it out"
        )
    return None


def hold_out(
    split: LabelledImages, limit: int | None, validation: float | None, seed: int
) -> Partition:
    """Return the first `limit` images as a training and a validation set, in random order.

    Args:
        split: The training split.
        limit: Number of its images to use; None for all.
        validation: Share for the validation set; None for the dataset's own validation images.
        seed: Seed of the random order.

    Raises:
        UsageError: There are too few images for both sets.
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
