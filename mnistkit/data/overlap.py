"""Overlap of a model's training data and a dataset.

The images of a split are those of one or more collections. A collection has a path, from the
whole to the part, such as `NIST Special Database 19 > mnist/train > mnist-sample/test`.
"""

from __future__ import annotations

from collections.abc import Iterable

from mnistkit.core.arrays import Split
from mnistkit.data.loading import LabelledImages
from mnistkit.plugin_types import Dataset

SEPARATOR = " > "


def collections_of(name: str, dataset: Dataset, split: Split) -> tuple[str, ...]:
    """Return the collections of a split; without a declared one, the split is its own."""
    return dataset.collections.get(split, (f"{name}/{split}",))


def overlapping(learned_from: Iterable[str], images: LabelledImages) -> list[str]:
    """Return the collections that share images with a split.

    Args:
        learned_from: The collections that a model was trained on, as its card has them.
        images: The split.
    """
    held = collections_of(images.name, images.dataset, images.split)
    return [each for each in learned_from if any(share(each, other) for other in held)]


def related(learned_from: Iterable[str], images: LabelledImages) -> list[str]:
    """Return the collections that may share images with a split; see `overlapping`."""
    held = collections_of(images.name, images.dataset, images.split)
    return [each for each in learned_from if any(_may_share(each, other) for other in held)]


def share(collection: str, other: str) -> bool:
    """Return whether one of two collections is a part of the other."""
    paths = collection.split(SEPARATOR), other.split(SEPARATOR)
    return all(one == another for one, another in zip(*paths, strict=False))


def label(collection: str) -> str:
    """Return the last part of a collection's path, such as `mnist/train`."""
    return collection.rpartition(SEPARATOR)[2]


def _may_share(collection: str, other: str) -> bool:
    """Return whether two datasets took their images from one collection, and may share some."""
    whole, _, part = collection.partition(SEPARATOR)
    other_whole, _, other_part = other.partition(SEPARATOR)
    return bool(part and other_part) and whole == other_whole and _name(part) != _name(other_part)


def _name(path: str) -> str:
    """Return the name of the dataset whose split comes first in a path."""
    return path.partition(SEPARATOR)[0].rpartition("/")[0]
