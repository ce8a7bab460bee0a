"""`csv:PATH`: images as Kaggle has them, a label and 784 pixels a line.

One file is divided into training and test images; two, with a comma between them, are these.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from mnistkit.contracts import IMAGE_SHAPE, Dataset, DatasetFamily, Images, Split
from mnistkit.core.files import Stamp, is_there, stamp
from mnistkit.datasets import own
from mnistkit.datasets.compression import read
from mnistkit.datasets.own import Labelled, Place
from mnistkit.errors import DatasetError

PIXELS = IMAGE_SHAPE[0] * IMAGE_SHAPE[1]


def resolve(text: str) -> str:
    """What is recorded for `[PREPARATION:]TRAIN.csv[,TEST.csv]`."""
    place = Place.parse(text)
    return str(Place(",".join(map(own.absolute, _paths(place.path))), place.preparation))


def make(text: str) -> Dataset:
    """Return the dataset of `[PREPARATION:]TRAIN.csv[,TEST.csv]`.

    What the classes are is known when all is read; a second time in a process, nothing is.

    Raises:
        DatasetError: A file is missing, damaged, or of another form.
    """
    return _make(text, tuple(map(stamp, _paths(Place.parse(text).path))))


@cache
def _make(text: str, _stamps: tuple[Stamp, ...]) -> Dataset:
    place = Place.parse(text)
    files = [_read(Path(path)) for path in _paths(place.path)]
    labels = (label for _, labels in files for label in labels.tolist())
    names = own.class_names(labels, place.path)
    indexed = [(images, _indices(labels, names)) for images, labels in files]
    splits: dict[Split, Labelled]
    if len(indexed) == 1:
        splits = own.divide(*indexed[0])
    else:
        splits = {"train": indexed[0], "test": indexed[1]}
    return Dataset(
        summary=f"the images in {place.path}",
        class_names=names,
        licence=own.LICENCE,
        preparation=place.preparation_for(names),
        load=own.loader(place.path, names, lambda: splits),
        counts={split: len(images) for split, (images, _) in splits.items()},
    )


def _paths(text: str) -> list[str]:
    """One path, or the two before and behind a comma; a file's name may have one."""
    if "," not in text or is_there(Path(text)):
        return [text]
    commas = [place for place, letter in enumerate(text) if letter == ","]
    divisions = [[text[:place], text[place + 1 :]] for place in commas]
    both = (pair for pair in divisions if all(is_there(Path(path)) for path in pair))
    return next(both, divisions[0])


def _indices(labels: NDArray[np.str_], names: tuple[str, ...]) -> NDArray[np.int64]:
    positions = {name: index for index, name in enumerate(names)}
    return np.array([positions[label] for label in labels.tolist()], np.int64)


def _read(path: Path) -> tuple[Images, NDArray[np.str_]]:
    """Read images uint8 (n, 28, 28) and labels (n,) of a file, with or without a header."""
    try:
        lines = read(path).decode("utf-8-sig").splitlines()
    except ValueError as error:
        raise DatasetError(f"{path}: expected a CSV file in UTF-8, received: {error}") from error
    lines = [line for line in lines if line.strip()]
    if lines and not _is_number(lines[0].split(",")[-1]):
        del lines[0]
    if not lines:
        raise DatasetError(f"{path}: expected lines of a label and {PIXELS} pixels, received none")
    _check_columns(path, lines)
    labels = np.array([line.partition(",")[0].strip().strip("\"'") for line in lines])
    return _pixels(path, lines), labels


def _check_columns(path: Path, lines: list[str]) -> None:
    for number, line in enumerate(lines, 1):
        columns = line.count(",") + 1
        if columns != PIXELS + 1:
            without = ": the label is missing" if columns == PIXELS else ""
            raise DatasetError(
                f"{path}: expected a label and {PIXELS} pixels a line, received {columns} columns"
                f"{without} in image {number:,}; name a whole file of labelled images of 28x28"
            )


def _pixels(path: Path, lines: list[str]) -> Images:
    rest: Iterator[str] = (line.partition(",")[2] for line in lines)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            pixels: Images = np.loadtxt(rest, np.uint8, delimiter=",", comments=None, ndmin=2)
    except (ValueError, Warning) as error:
        raise DatasetError(
            f"{path}: expected whole numbers from 0 to 255 after each label, received: {error}; "
            "rescale the pixels"
        ) from error
    return pixels.reshape(-1, *IMAGE_SHAPE)


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


FAMILY = DatasetFamily(
    summary="your own file of a label and 784 pixels a line, as on Kaggle",
    parameter="TRAIN[,TEST]",
    resolve=resolve,
    make=make,
)
