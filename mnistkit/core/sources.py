"""What `predict` is asked about: files, folders, streams, lists of paths, dataset images."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from mnistkit.contracts import Images
from mnistkit.core.data import LabelledImages
from mnistkit.core.pictures import GreyPicture, read_picture, walk_pictures
from mnistkit.errors import InputError, PictureError, UsageError

STDIN = "-"
READ_BYTES = 2**16


@dataclass(frozen=True)
class Source:
    """One thing to classify.

    Args:
        name: What its record is called.
        read: Returns a picture, which is still to be prepared. Raises `PictureError`.
        image: An image that needs no preparing, instead of `read`.
    """

    name: str
    read: Callable[[], GreyPicture] | None = None
    image: Images | None = None


def from_paths(paths: Iterable[str], stdin: BinaryIO) -> Iterator[Source]:
    """Yield a source for each file, for each picture below each folder, and for `-`.

    Args:
        paths: As the user wrote them.
        stdin: Where the bytes of the picture `-` are read from.
    """
    for path in paths:
        if path == STDIN:
            yield Source(path, partial(read_picture, stdin))
        elif Path(path).is_dir():
            yield from _from_folder(Path(path))
        else:
            yield Source(path, partial(read_picture, Path(path)))


def from_list(stream: BinaryIO, separator: bytes) -> Iterator[str]:
    """Yield paths as they arrive in a stream, one a line or between NUL bytes."""
    rest = b""
    # read1 returns what is there, so a path is answered as soon as it is complete.
    while chunk := stream.read1(READ_BYTES):  # type: ignore[attr-defined]  # of buffered streams
        *whole, rest = (rest + chunk).split(separator)
        yield from map(os.fsdecode, filter(None, whole))
    if rest:
        yield os.fsdecode(rest)


def open_list(name: str, stdin: BinaryIO) -> BinaryIO:
    """Open a list of paths, `-` being stdin.

    Raises:
        InputError: It can't be read.
    """
    if name == STDIN:
        return stdin
    try:
        return Path(name).open("rb")
    except OSError as error:
        raise InputError(
            f"expected a list of paths in {name}, received: {error.strerror}; name a file that "
            "can be read, or - for stdin"
        ) from error


def from_dataset(split: LabelledImages, index: int | None) -> Iterator[Source]:
    """Yield the images of a split, or the one at `index`.

    Raises:
        UsageError: There is no such index.
    """
    count = len(split.images)
    if index is not None and not 0 <= index < count:
        raise UsageError(
            f"expected an --index from 0 to {count - 1}, which {split.name} {split.split} has, "
            f"received {index}"
        )
    for position in range(count) if index is None else (index,):
        yield Source(f"{split.name}/{split.split}/{position}", image=split.images[position])


def _from_folder(folder: Path) -> Iterator[Source]:
    def fail(message: str) -> GreyPicture:
        raise PictureError(message)

    empty = True
    try:
        for path in walk_pictures(folder):
            empty = False
            yield Source(str(path), partial(read_picture, path))
    except OSError as error:
        message = f"expected a folder that can be read, received: {error.strerror}"
        yield Source(str(error.filename or folder), partial(fail, message))
        return
    if empty:
        message = "expected pictures in the folder, received none; name the files themselves"
        yield Source(str(folder), partial(fail, message))
