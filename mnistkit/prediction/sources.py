"""The inputs of `predict` and `read`: files, folders, stdin, lists, datasets."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from mnistkit.core.arrays import Images
from mnistkit.core.preprocessing.decoding import Photo, read_photo
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
    """Yield a source for each file, for each picture below each folder, and for `-`.

    Args:
        paths: The user's paths; `-` is a picture on stdin, `example:NAME` a picture of this
            package.
    """
    for path in paths:
        if path not in ("", STDIN) and not is_example(path) and _is_folder(path):
            yield from _from_folder(Path(path))
        else:
            yield PictureSource(path, partial(_read, path))


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


def _read(path: str) -> Photo:
    if path == STDIN:
        return read_photo(open_stdin())
    if is_example(path):
        return read_photo(path_of_example(path))
    if not path:
        raise PictureError("expected the path of a picture, received an empty one")
    if path.endswith(ARRAY_SUFFIX):
        raise PictureError(
            f"expected a picture, received an array of images; read it with --dataset npy:{path}"
        )
    return read_photo(Path(path))


def _is_folder(path: str) -> bool:
    try:
        return Path(path).is_dir()
    except (OSError, ValueError):
        # Too long or with a NUL character; reading it raises the error.
        return False


def _decoded(paths: Iterable[bytes], separator: bytes) -> Iterator[str]:
    for path in paths:
        name = os.fsdecode(path.removesuffix(b"\r") if separator == b"\n" else path)
        if name:
            # In a list each name is a file's; stdin may be the list itself.
            yield f"./{name}" if name == STDIN or is_example(name) else name


def _from_folder(folder: Path) -> Iterator[PictureSource]:
    empty = True
    for found in walk_pictures(folder):
        empty = False
        if isinstance(found, OSError):
            reason = reason_of(found, folder=True)
            yield PictureSource(str(found.filename), partial(_fail, reason))
        else:
            yield PictureSource(str(found), partial(read_photo, found))
    if empty:
        reason = "expected pictures in the folder, received none; name the files"
        yield PictureSource(str(folder), partial(_fail, reason))


def _fail(reason: str) -> Photo:
    raise PictureError(reason)
