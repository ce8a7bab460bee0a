"""`npz:PATH`: the arrays x_train, y_train, x_test and y_test, as Keras names them.

x_val and y_val are the validation split. A file of one array has no labels and is only for
`predict`, as the file of `npy:PATH` is.
"""

from __future__ import annotations

import logging
import zipfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import IO, TypeVar

import numpy as np

from mnistkit.core.arrays import Images, Split
from mnistkit.core.class_names import named
from mnistkit.core.files import Stamp, stamp
from mnistkit.datasets import arrays, places, user_data
from mnistkit.datasets.folder_layout import SPELLINGS
from mnistkit.datasets.places import Place
from mnistkit.datasets.user_data import Labelled
from mnistkit.errors import DatasetError, MnistkitError, reason_of
from mnistkit.plugin_types import Dataset, DatasetFamily

logger = logging.getLogger(__name__)

T = TypeVar("T")

SUFFIX = ".npy"
ARCHIVE = "an .npz file of the arrays x_train, y_train, x_test, y_test"


def make(text: str) -> Dataset:
    """Return the dataset of `[PREPARATION:][transposed:]PATH`.

    Raises:
        DatasetError: The file is missing, damaged or of another form.
    """
    return _make(text, stamp(Place.parse(text).path))


@cache
def _make(text: str, _stamp: Stamp) -> Dataset:
    place = Place.parse(text)
    with _told(place.path), zipfile.ZipFile(place.path) as archive:
        found = [name.removesuffix(SUFFIX) for name in archive.namelist()]
    if len(found) == 1:
        return user_data.unlabelled(place, lambda: _read(place.path, found[0], arrays.read_images))
    endings = _endings(place.path, found)
    labels = {
        split: _read(place.path, f"y_{ending}", arrays.read_labels)
        for split, ending in endings.items()
    }
    names = user_data.class_names((label for part in labels.values() for label in part), place.path)
    indices = {name: index for index, name in enumerate(names)}

    def labelled(split: Split) -> Labelled:
        name = f"x_{endings[split]}"
        images = _read(place.path, name, arrays.read_images)
        if len(images) != len(labels[split]):
            raise DatasetError(
                f"{place.path}: expected one label per image, received {len(images):,} images in "
                f"{name} and {len(labels[split]):,} labels; write the file again"
            )
        return images, np.array([indices[label] for label in labels[split]], np.int64)

    return user_data.labelled(
        place,
        names,
        lambda: {split: labelled(split) for split in endings},
        splits=tuple(endings),
        counts={split: len(part) for split, part in labels.items()},
    )


def make_unlabelled(text: str) -> Dataset:
    """Return the dataset of `[transposed:]PATH`, one array of images.

    Raises:
        DatasetError: The file is missing, damaged or of another form.
    """
    place = Place.parse(text)

    def read() -> Images:
        wanted = "an .npy file of images"
        with _told(place.path, wanted, "numpy.save"), Path(place.path).open("rb") as file:
            return arrays.read_images(file, place.path)

    return user_data.unlabelled(place, read)


def _read(path: str, name: str, read: Callable[[IO[bytes], str], T]) -> T:
    """Return an array of an archive."""
    with _told(path), zipfile.ZipFile(path) as archive, archive.open(name + SUFFIX) as member:
        return read(member, f"{path}, {name}")


@contextmanager
def _told(path: str, wanted: str = ARCHIVE, writer: str = "numpy.savez") -> Iterator[None]:
    """Turn every error of reading a file into a `DatasetError`."""
    try:
        yield
    except MnistkitError:
        raise
    # On a damaged file NumPy and zipfile raise ValueError, OverflowError, MemoryError, KeyError,
    # zlib.error, RuntimeError (for a password) and others.
    except Exception as error:
        reason = reason_of(error) if getattr(error, "filename", None) else error
        raise DatasetError(
            f"{path}: expected {wanted}, received: {reason}; write it with {writer}"
        ) from error


def _endings(path: str, found: Sequence[str]) -> dict[Split, str]:
    """Return the ending of each split's arrays; warn of arrays that are left out."""
    endings: dict[Split, str] = {"train": "train", "test": "test"}
    validating = [
        ending for ending in SPELLINGS["validation"] if {f"x_{ending}", f"y_{ending}"} & {*found}
    ]
    if validating:
        endings["validation"] = validating[0]
    wanted = [f"{part}_{ending}" for ending in endings.values() for part in "xy"]
    missing = [name for name in wanted if name not in found]
    if missing:
        labels = all(name.startswith("y") for name in missing)
        raise DatasetError(
            f"{path}: expected {ARCHIVE}, received one without {', '.join(missing)}; "
            + ("add the labels, or save the images alone for `predict`" if labels else "add them")
        )
    others = [name for name in found if name not in wanted]
    if others:
        logger.warning("%s: arrays left out (%d): %s", path, len(others), named(others))
    return endings


FAMILY = DatasetFamily(
    summary="your own arrays x_train, y_train, x_test, y_test, as in Keras",
    parameter="PATH",
    resolve=places.resolve,
    make=make,
)

UNLABELLED = DatasetFamily(
    summary="an array of images without labels, for predict",
    parameter="PATH",
    resolve=places.resolve,
    make=make_unlabelled,
)
