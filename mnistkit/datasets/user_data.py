"""The common parts of users' own datasets: their class names, splits and checks."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.arrays import UNLABELLED, ClassIndices, Images, Split
from mnistkit.core.class_names import named
from mnistkit.datasets.places import Place
from mnistkit.errors import DatasetError
from mnistkit.plugin_types import Dataset

logger = logging.getLogger(__name__)

TEST_SHARE = 5
"""One of this many images is a test image, if the user has not split them."""

LICENCE = "your own"
MAX_IMAGES = 2_000_000
Labelled = tuple[Images, ClassIndices]
BRIGHT = 128


def naturally_sorted(names: Iterable[str]) -> tuple[str, ...]:
    """Return texts sorted so that 10 comes after 9."""

    def key(name: str) -> list[tuple[int, int, str]]:
        parts = re.findall(r"([0-9]+)|([^0-9]+)", name)
        return [(0, int(number), number) if number else (1, 0, text) for number, text in parts]

    return tuple(sorted(names, key=key))


def class_names(labels: Iterable[str], name: str) -> tuple[str, ...]:
    """Return the class names of labels, naturally sorted.

    Raises:
        DatasetError: A label is empty.
    """
    names = naturally_sorted(set(labels))
    if not all(map(str.strip, names)):
        raise DatasetError(
            f"{name}: expected a label for every image, received an empty one; add it"
        )
    return names


def digests(images: Images) -> NDArray[np.bytes_]:
    """Return the SHA-256 of each image's pixels, (n,) in hexadecimal."""
    found = [hashlib.sha256(np.ascontiguousarray(image).data).hexdigest() for image in images]
    return np.array(found, "S64")


def is_for_test(digest: bytes) -> bool:
    """Return whether an image is a test image, by the digest of its pixels."""
    return int(digest[:8], 16) % TEST_SHARE == 0


def split_by_content(images: Images, class_indices: ClassIndices) -> dict[Split, Labelled]:
    """Return images split into a training and a test set by a checksum of their pixels.

    Adding images does not move others to another split, and equal images are in the same split.
    """
    for_test = np.array([is_for_test(digest) for digest in digests(images)], bool)
    return {
        "train": (images[~for_test], class_indices[~for_test]),
        "test": (images[for_test], class_indices[for_test]),
    }


def labelled(
    place: Place,
    class_names: tuple[str, ...],
    divided: Callable[[], Mapping[Split, Labelled]],
    **known: Any,
) -> Dataset:
    """Return the dataset of labelled images.

    Args:
        place: Where they lie.
        class_names: Of their class indices.
        divided: Reads them; the first `load` calls it, and checks what it returns.
        known: Further fields of the dataset.
    """

    @cache
    def splits() -> Mapping[Split, Labelled]:
        found = divided()
        check(place.path, class_names, found)
        # After splitting, so that the split does not depend on transposing.
        return {split: (_turned(place, part[0]), part[1]) for split, part in found.items()}

    return Dataset(
        summary=f"the images in {place.path}",
        class_names=class_names,
        licence=LICENCE,
        preparation=place.preparation_for(class_names),
        load=lambda split, _store: splits()[split],
        **known,
    )


def unlabelled(place: Place, read: Callable[[], Images]) -> Dataset:
    """Return the dataset of images without labels, which the first `load` reads."""

    @cache
    def images() -> Images:
        return _turned(place, read())

    return Dataset(
        summary=f"the images in {place.path}, without labels",
        class_names=(),
        licence=LICENCE,
        preparation=place.preparation_for(()),
        load=lambda _split, _store: (images(), np.full(len(images()), UNLABELLED, np.int64)),
        splits=("test",),
    )


def _turned(place: Place, images: Images) -> Images:
    return np.ascontiguousarray(images.transpose(0, 2, 1)) if place.transposed else images


def check(name: str, class_names: Sequence[str], splits: Mapping[Split, Labelled]) -> None:
    """Raise `DatasetError` if a dataset cannot be trained or tested on.

    Raises:
        DatasetError: A class without training images, or a split without images.
    """
    learned, class_indices = splits["train"]
    missing = _missing(class_names, class_indices)
    if missing:
        raise DatasetError(
            f"{name}: expected training images of every class, received none of {named(missing)} "
            f"({len(learned):,} images in all); add some, or remove the class"
        )
    known = digests(learned)
    for split, (images, class_indices) in splits.items():
        if split == "train":
            continue
        if not len(images):
            raise DatasetError(
                f"{name}: expected {split} images, received {len(learned):,} training images only; "
                "add more, or split them into training and test images yourself"
            )
        missing = _missing(class_names, class_indices)
        if missing:
            logger.warning("%s: there are no %s images of %s", name, split, named(missing))
        twice = int(np.isin(digests(images), known).sum())
        if twice:
            logger.warning("%s: %s %s images are also training images", name, f"{twice:,}", split)
    if np.median(learned[:, [0, 0, -1, -1], [0, -1, 0, -1]]) >= BRIGHT:
        logger.warning(
            "%s: the images look dark on white; models expect them bright on black", name
        )


def _missing(class_names: Sequence[str], class_indices: ClassIndices) -> list[str]:
    counts = np.bincount(class_indices, minlength=len(class_names))
    return [class_names[index] for index in np.flatnonzero(counts == 0).tolist()]
