"""The inputs of `predict` and `read`: files, folders, stdin, lists, datasets."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, NoReturn

from mnistkit.core.arrays import Images
from mnistkit.core.preprocessing.decoding import SUFFIXES, Photo, read_photo
from mnistkit.core.preprocessing.examples import is_example, path_of_example
from mnistkit.core.preprocessing.walking import walk_pictures
from mnistkit.errors import InputError, PictureError, UsageError, reason_of

if TYPE_CHECKING:
    # Imports hashing and downloading.
    from mnistkit.data.loading import LabelledImages

STDIN = "-"
ARRAY_SUFFIX = ".npy"
READ_BYTES = 2**16
# Longer than any system's paths.
MAX_PATH_BYTES = 2**16


@dataclass(frozen=True)
class PictureFile:
    """A file that is still to be opened.

    Args:
        name: Its name in the output.
        locate: Returns its path or an open stream, or raises `PictureError`.
    """

    name: str
    locate: Callable[[], Path | BinaryIO]


@dataclass(frozen=True)
class PictureSource:
    """A picture, which is still to be read and prepared.

    Args:
        name: Its name in the output.
        read: Returns the picture, or raises `PictureError`.
    """

    name: str
    read: Callable[[], Photo]


@dataclass(frozen=True)
class ImageSource:
    """An image of a dataset.

    Args:
        name: Its name in the output.
        image: uint8 (28, 28).
        true_label: Its label; None if unknown.
    """

    name: str
    image: Images
    true_label: str | None = None


Source = PictureSource | ImageSource
"""One thing to classify."""


def open_stdin() -> io.BufferedReader:
    """Return standard input as a new binary reader.

    A thread that waits in `sys.stdin` holds its lock, which would keep Python from exiting.
    """
    return io.BufferedReader(io.FileIO(0, closefd=False))


def from_paths(paths: Iterable[str]) -> Iterator[PictureSource]:
    """Yield a source for each of the files that `find_files` finds."""
    return from_files(find_files(paths))


def from_files(files: Iterable[PictureFile]) -> Iterator[PictureSource]:
    """Yield each file as a source."""
    for file in files:
        yield PictureSource(file.name, partial(_read, file))


def find_files(paths: Iterable[str], suffixes: frozenset[str] = SUFFIXES) -> Iterator[PictureFile]:
    """Yield each file, each picture below each folder, and `-`.

    Args:
        paths: The user's paths; `-` is a picture on stdin, `example:NAME` a picture of this
            package.
        suffixes: Those of the pictures in folders.
    """
    for path in paths:
        if is_folder(path):
            yield from _from_folder(Path(path), suffixes)
        else:
            yield PictureFile(path, partial(_locate, path))


def count_files(paths: Iterable[str], suffixes: frozenset[str] = SUFFIXES) -> int:
    """Return how many files `find_files` finds."""
    return sum(1 for _ in find_files(paths, suffixes))


def from_list(stream: io.BufferedReader, separator: bytes) -> Iterator[str]:
    """Yield paths as they arrive in a stream.

    Args:
        stream: The stream.
        separator: The end of each path: a line feed, of which a carriage return may be part, or
            a NUL byte.

    Raises:
        InputError: A path is too long, so it is not a list of paths.
    """
    rest = b""
    # read1 does not wait for a whole chunk.
    while chunk := stream.read1(READ_BYTES):
        *whole, rest = (rest + chunk).split(separator)
        yield from _decoded(whole, separator)
        if len(rest) > MAX_PATH_BYTES:
            raise InputError(
                f"expected a list of paths, received {len(rest):,} bytes without "
                f"{separator!r}; write one path per line, or end each with a NUL byte and add -0"
            )
    yield from _decoded([rest], separator)


def open_list(name: str) -> io.BufferedReader:
    """Return the open stream of a list of paths; `-` is stdin.

    Raises:
        InputError: It can't be read.
    """
    if name == STDIN:
        return open_stdin()
    try:
        return Path(name).open("rb")
    except (OSError, ValueError) as error:
        raise InputError(
            f"{name}: {reason_of(error)}; --files-from takes a file with one path per line, "
            "or - for stdin"
        ) from error


def from_dataset(split: LabelledImages, index: int | None) -> Iterator[ImageSource]:
    """Return the images of a split as sources, or the one at `index`.

    Images without labels are named by their numbers, counted from 1.

    Raises:
        UsageError: There is no such index.
    """
    count = len(split.images)
    if index is not None and not 0 <= index < count:
        raise UsageError(
            f"expected an --index from 0 to {count - 1} for {split.name}, {split.split} split, "
            f"received {index}"
        )
    positions = range(count) if index is None else (index,)
    return (_from_image(split, position) for position in positions)


def _from_image(split: LabelledImages, position: int) -> ImageSource:
    image, names = split.images[position], split.dataset.class_names
    if not names:
        return ImageSource(str(position + 1), image)
    name = f"{split.name}/{split.split}/{position}"
    return ImageSource(name, image, names[split.class_indices[position]])


def _read(file: PictureFile) -> Photo:
    return read_photo(file.locate())


def _locate(path: str) -> Path | BinaryIO:
    if path == STDIN:
        return open_stdin()
    if is_example(path):
        return path_of_example(path)
    if not path:
        raise PictureError("expected the path of a picture, received an empty one")
    if path.endswith(ARRAY_SUFFIX):
        raise PictureError(
            f"expected a picture, received an array of images; read it with --dataset npy:{path}"
        )
    return Path(path)


def is_folder(path: str) -> bool:
    """Return whether a user's path is that of a folder, not of stdin or of an example."""
    try:
        return path not in {"", STDIN} and not is_example(path) and Path(path).is_dir()
    except (OSError, ValueError):
        # Too long or with a NUL character; reading it raises the error.
        return False


def _decoded(paths: Iterable[bytes], separator: bytes) -> Iterator[str]:
    for path in paths:
        name = os.fsdecode(path.removesuffix(b"\r") if separator == b"\n" else path)
        if name:
            # In a list each name is a file's; stdin may be the list itself.
            yield f"./{name}" if name == STDIN or is_example(name) else name


def _from_folder(folder: Path, suffixes: frozenset[str]) -> Iterator[PictureFile]:
    empty = True
    for found in walk_pictures(folder, suffixes):
        empty = False
        if isinstance(found, OSError):
            reason = reason_of(found, folder=True)
            yield PictureFile(str(found.filename), partial(_fail, reason))
        else:
            yield PictureFile(str(found), partial(Path, found))
    if empty:
        reason = "expected pictures in the folder, received none; name the files"
        yield PictureFile(str(folder), partial(_fail, reason))


def _fail(reason: str) -> NoReturn:
    raise PictureError(reason)
