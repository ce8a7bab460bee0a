"""What datasets of the user's own have in common: names, preparation, and the split."""

from __future__ import annotations

import hashlib
import logging
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnistkit.contracts import ClassIndices, Images, Split
from mnistkit.core.classifier import named
from mnistkit.core.preprocessing import PREPARATIONS
from mnistkit.datasets.store import Store
from mnistkit.errors import DatasetError, UsageError

logger = logging.getLogger(__name__)

TEST_SHARE = 5
"""One in so many images is for testing, where the user has not divided them."""

LICENCE = "your own"
Labelled = tuple[Images, ClassIndices]
BRIGHT = 128


@dataclass(frozen=True)
class Place:
    """Where a dataset of the user's own lies, as `[PREPARATION:]PATH` says.

    Args:
        path: Absolute.
        preparation: A key of `PREPARATIONS`; None to go by the class names.
    """

    path: str
    preparation: str | None = None

    @classmethod
    def parse(cls, text: str) -> Place:
        """Read what a user wrote behind the colon."""
        preparation, colon, path = text.partition(":")
        if colon and preparation in PREPARATIONS:
            return cls(path, preparation)
        return cls(text)

    def __str__(self) -> str:
        return f"{self.preparation}:{self.path}" if self.preparation else self.path

    def preparation_for(self, class_names: Sequence[str]) -> str:
        """How pictures are prepared: as was said, else as the classes suggest.

        Digits as digits, single letters as characters, everything else as objects.
        """
        if self.preparation is not None:
            return self.preparation
        if all(name in set("0123456789") for name in class_names):
            return "digit"
        return "character" if all(len(name) == 1 for name in class_names) else "object"


def absolute(path: str) -> str:
    """A path that means the same from everywhere, and can be recorded.

    Raises:
        UsageError: It has characters that can't be, is none, or in the home of nobody.
    """
    if not path:
        raise UsageError("expected a path after the last colon or comma, received none; add it")
    if not path.isprintable():
        raise UsageError(
            f"expected a path of printable characters, received {path!r}; rename what is there"
        )
    try:
        return str(Path(path).expanduser().absolute())
    except RuntimeError as error:
        raise UsageError(
            f"expected the home folder of a user of this machine, received {path}; write the path "
            "in full"
        ) from error


def resolve(text: str) -> str:
    """What is recorded for `[PREPARATION:]PATH`."""
    place = Place.parse(text)
    return str(Place(absolute(place.path), place.preparation))


def naturally_sorted(names: Iterable[str]) -> tuple[str, ...]:
    """Sort so that 10 comes behind 9."""

    def key(name: str) -> list[tuple[int, int, str]]:
        parts = re.findall(r"([0-9]+)|([^0-9]+)", name)
        return [(0, int(number), number) if number else (1, 0, text) for number, text in parts]

    return tuple(sorted(names, key=key))


def class_names(labels: Iterable[str], name: str) -> tuple[str, ...]:
    """The classes of these labels.

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
    """SHA-256 of each image's pixels, (n,) in hexadecimal."""
    found = [hashlib.sha256(np.ascontiguousarray(image).data).hexdigest() for image in images]
    return np.array(found, "S64")


def divide(images: Images, class_indices: ClassIndices) -> dict[Split, Labelled]:
    """Divide images into a training and a test split.

    What an image shows decides, by a checksum: another image more leaves all others where they
    are, and the same image twice comes into the same split.
    """
    for_test = np.array([int(digest[:8], 16) % TEST_SHARE == 0 for digest in digests(images)])
    return {
        "train": (images[~for_test], class_indices[~for_test]),
        "test": (images[for_test], class_indices[for_test]),
    }


def loader(
    name: str, class_names: Sequence[str], divided: Callable[[], Mapping[Split, Labelled]]
) -> Callable[[Split, Store], Labelled]:
    """Return a dataset's `load`, which calls `divided` and checks what it returns once."""

    @cache
    def splits() -> Mapping[Split, Labelled]:
        found = divided()
        check(name, class_names, found)
        return found

    return lambda split, _store: splits()[split]


def check(name: str, class_names: Sequence[str], splits: Mapping[Split, Labelled]) -> None:
    """Hold a divided dataset to what can be learned and measured.

    Raises:
        DatasetError: A class without training images, or no test images at all.
    """
    images, class_indices = splits["test"]
    for split in ("train", "test"):
        counts = np.bincount(splits[split][1], minlength=len(class_names))
        missing = [class_names[index] for index in np.flatnonzero(counts == 0).tolist()]
        if split == "train" and missing:
            raise DatasetError(
                f"{name}: expected training images of every class, received none of "
                f"{named(missing)}; add some, or take the class away"
            )
        if split == "test" and not len(class_indices):
            raise DatasetError(
                f"{name}: expected test images, received none among {len(splits['train'][1]):,} "
                "images; add more, or divide them into training and test images yourself"
            )
        if missing:
            logger.warning("%s: there are no test images of %s", name, named(missing))
    twice = int(np.isin(digests(images), digests(splits["train"][0])).sum())
    if twice:
        logger.warning("%s: %s test images are also training images", name, f"{twice:,}")
    if np.median(splits["train"][0][:, [0, 0, -1, -1], [0, -1, 0, -1]]) >= BRIGHT:
        logger.warning(
            "%s: the images look dark on white; models expect them bright on black", name
        )
