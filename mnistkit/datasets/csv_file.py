"""`csv:PATH`: images in Kaggle's form, a label and 784 pixels per line.

One file is split into training and test images; two files, separated by a comma, are the splits.
A file of 784 pixels per line has no labels and is only for `predict`.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import numpy as np

from mnistkit.core.arrays import IMAGE_SHAPE, Images, Split
from mnistkit.core.class_names import MAX_LENGTH
from mnistkit.core.files import Stamp, is_there, stamp
from mnistkit.datasets import places, user_data
from mnistkit.datasets.places import Place
from mnistkit.datasets.user_data import Labelled
from mnistkit.errors import DatasetError
from mnistkit.fetching.compression import opened
from mnistkit.plugin_types import Dataset, DatasetFamily

PIXELS = IMAGE_SHAPE[0] * IMAGE_SHAPE[1]
# Characters; more than a line of 784 pixels or column names has.
MAX_LINE = 2**16
# A few kilobytes, compressed, may hold more of them than can be passed over in a minute.
MAX_BLANK = 10**6
# Twice the size of EMNIST's largest part as CSV; its images take at most 1.1 GB.
MAX_BYTES = 2**31


def resolve(text: str) -> str:
    """Return the recorded name of `[PREPARATION:][transposed:]TRAIN.csv[,TEST.csv]`."""
    place = Place.parse(text)
    return str(replace(place, path=",".join(map(places.absolute, _paths(place.path)))))


def make(text: str) -> Dataset:
    """Return the dataset of `[PREPARATION:][transposed:]TRAIN.csv[,TEST.csv]`.

    The files are read to know the classes, once per process.

    Raises:
        DatasetError: A file is missing, damaged or of another form.
    """
    return _make(text, tuple(map(stamp, _paths(Place.parse(text).path))))


@cache
def _make(text: str, _stamps: tuple[Stamp, ...]) -> Dataset:
    place = Place.parse(text)
    numbers: dict[str, int] = {}
    paths = _paths(place.path)
    files = [_read(Path(path), numbers, alone=len(paths) == 1) for path in paths]
    if not numbers:
        return user_data.unlabelled(place, lambda: files[0][0])
    names = user_data.class_names(numbers, place.path)
    positions = {name: index for index, name in enumerate(names)}
    order = np.array([positions[label] for label in numbers], np.int64)
    indexed = [(images, order[labels]) for images, labels in files]
    splits: dict[Split, Labelled]
    if len(indexed) == 1:
        splits = user_data.split_by_content(*indexed[0])
    else:
        splits = {"train": indexed[0], "test": indexed[1]}
    counts = {split: len(images) for split, (images, _) in splits.items()}
    return user_data.labelled(place, names, lambda: splits, counts=counts)


def _paths(text: str) -> list[str]:
    """Return one path, or the two around a comma; a file's name may contain commas."""
    if "," not in text or is_there(Path(text)):
        return [text]
    commas = [place for place, letter in enumerate(text) if letter == ","]
    divisions = [[text[:place], text[place + 1 :]] for place in commas]
    both = (pair for pair in divisions if all(is_there(Path(path)) for path in pair))
    return next(both, divisions[0])


def _read(path: Path, numbers: dict[str, int], *, alone: bool) -> Labelled:
    """Return the images of a file, with or without a header, and the numbers of their labels.

    Args:
        path: The file.
        numbers: The number of each label, to which new labels are added.
        alone: Whether it may be without labels.

    Returns:
        Images uint8 (n, 28, 28) and numbers int64 (n,), which are empty without labels.
    """
    received: list[int] = []
    with opened(path, most=MAX_BYTES) as stream:
        lines = _lines(path, stream)
        first = next(lines, "")
        if not _is_number(first.split(",")[-1]):
            # It is a header, where it is a line at all.
            first = next(lines, "")
        if not first:
            raise DatasetError(
                f"{path}: expected lines of a label and {PIXELS} pixels, received none"
            )
        lines = chain([first], lines)
        if alone and _columns(first) == PIXELS:
            return _pixels(path, _unlabelled_rows(path, lines)), np.empty(0, np.int64)
        images = _pixels(path, _rows(path, lines, numbers, received))
    return images, np.array(received, np.int64)


def _lines(path: Path, stream: BinaryIO) -> Iterator[str]:
    """Yield the lines of a file that are not blank."""
    text = io.TextIOWrapper(stream, "utf-8-sig")
    blank = 0
    try:
        while line := text.readline(MAX_LINE + 1):
            if len(line) > MAX_LINE:
                raise DatasetError(
                    f"{path}: expected lines of a label and {PIXELS} pixels, received one of more "
                    f"than {MAX_LINE:,} characters; name a file of 28x28 images"
                )
            if line.strip():
                yield line
                continue
            blank += 1
            if blank > MAX_BLANK:
                raise DatasetError(
                    f"{path}: expected lines of a label and {PIXELS} pixels, received more than "
                    f"{MAX_BLANK:,} blank ones; write the file again"
                )
    except ValueError as error:
        raise DatasetError(f"{path}: expected a CSV file in UTF-8, received: {error}") from error


def _rows(
    path: Path, lines: Iterator[str], numbers: dict[str, int], received: list[int]
) -> Iterator[str]:
    """Yield the pixels of each line, and append its label's number to `received`."""
    for number, line in enumerate(lines, 1):
        columns = _columns(line)
        if columns != PIXELS + 1:
            without = ": the label is missing" if columns == PIXELS else ""
            raise DatasetError(
                f"{path}: expected a label and {PIXELS} pixels per line, received {columns} columns"
                f"{without} in image {number:,}; name a complete file of labelled 28x28 images"
            )
        label, _, pixels = line.partition(",")
        label = label.strip().strip("\"'")
        if len(label) > MAX_LENGTH:
            raise DatasetError(
                f"{path}, image {number:,}: expected labels of at most {MAX_LENGTH} characters, "
                f"received one of {len(label):,}; write the file again"
            )
        received.append(numbers.setdefault(label, len(numbers)))
        yield pixels


def _unlabelled_rows(path: Path, lines: Iterator[str]) -> Iterator[str]:
    for number, line in enumerate(lines, 1):
        if _columns(line) != PIXELS:
            raise DatasetError(
                f"{path}: expected {PIXELS} pixels per line and no label, as in the first, "
                f"received {_columns(line)} columns in image {number:,}; name a complete file"
            )
        yield line


def _pixels(path: Path, rows: Iterator[str]) -> Images:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            pixels: Images = np.loadtxt(rows, np.uint8, delimiter=",", comments=None, ndmin=2)
    except (ValueError, Warning) as error:
        raise DatasetError(
            f"{path}: expected pixels that are whole numbers from 0 to 255, received: {error}; "
            "rescale the pixels"
        ) from error
    return pixels.reshape(-1, *IMAGE_SHAPE)


def _columns(line: str) -> int:
    return line.count(",") + 1


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


FAMILY = DatasetFamily(
    summary="your own file of a label and 784 pixels per line, as on Kaggle",
    parameter="TRAIN[,TEST]",
    resolve=resolve,
    make=make,
)
