"""Reading compressed files and archives, with a limit on the decompressed size."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import IO, Any, BinaryIO

from mnistkit.errors import DatasetError, reason_of

OPENERS: dict[str, Callable[[Any], Any]] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open}
KINDS = {".gz": "gzip ", ".bz2": "bzip2 ", ".xz": "xz ", ".zip": "zip "}
# Errors of reading a damaged file. RuntimeError: a zip archive with a password or of an unknown
# method.
BROKEN = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    OverflowError,
    MemoryError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)
# Decompressed. The largest published file, EMNIST's training images, has 188 MB.
MAX_BYTES = 2**29
CHUNK_BYTES = 2**20


class _Bounded(io.RawIOBase):
    """A stream with at most `most` bytes; a few kilobytes may decompress to terabytes."""

    def __init__(self, stream: IO[bytes], path: Path, most: int) -> None:
        self._stream, self._path, self._most = stream, path, most
        self._size = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            content = self._stream.read(len(buffer))
        except BROKEN as error:
            raise _broken(self._path, error) from error
        count = len(content)
        buffer[:count] = content
        self._size += count
        if self._size > self._most:
            raise DatasetError(
                f"{self._path}: expected at most {self._most:,} bytes when decompressed, received "
                "more; get the file again, or make it smaller"
            )
        return count


@contextmanager
def opened(path: Path, inside: str | None = None, most: int = MAX_BYTES) -> Iterator[BinaryIO]:
    """Yield a file as a stream, decompressed according to its suffix.

    Args:
        path: The file, or a zip archive.
        inside: The name of the file in the archive, in any of its folders.
        most: Largest accepted size, decompressed, in bytes.

    Raises:
        DatasetError: It can't be read, is damaged or too large; reading the stream raises it, too.
    """
    with ExitStack() as files:
        try:
            stream = _open(files, path, inside)
        except StopIteration as error:
            raise DatasetError(
                f"{path}: expected an archive with {inside}, received one without; get it again"
            ) from error
        except BROKEN as error:
            raise _broken(path, error) from error
        yield io.BufferedReader(_Bounded(stream, path, most), CHUNK_BYTES)


def read(path: Path, inside: str | None = None, most: int = MAX_BYTES) -> bytes:
    """Return all bytes of a file, decompressed; see `opened`."""
    with opened(path, inside, most) as stream:
        return b"".join(iter(partial(stream.read, CHUNK_BYTES), b""))


def _open(files: ExitStack, path: Path, inside: str | None) -> IO[bytes]:
    """Return a file, opened; `files` closes it. `StopIteration`: it is not in the archive."""
    if inside is None:
        file: IO[bytes] = files.enter_context(path.open("rb"))
    else:
        archive = files.enter_context(zipfile.ZipFile(path))
        member = next(name for name in archive.namelist() if Path(name).name == inside)
        file = files.enter_context(archive.open(member))
    opener = OPENERS.get(Path(inside or path).suffix)
    return files.enter_context(opener(file)) if opener else file


def _broken(path: Path, error: BaseException) -> DatasetError:
    # A damaged gzip file raises an OSError without a file's name.
    if isinstance(error, OSError) and error.filename:
        return DatasetError(f"{path}: {reason_of(error)}")
    return DatasetError(
        f"{path}: expected a whole {KINDS.get(path.suffix, '')}file that can be read, received: "
        f"{error}; get the file again"
    )


def checksum(like: str, content: bytes) -> str:
    """Return the checksum of bytes, with the algorithm of the checksum `like`."""
    algorithm = like.partition(":")[0]
    return f"{algorithm}:{hashlib.new(algorithm, content, usedforsecurity=False).hexdigest()}"


def file_checksum(like: str, path: Path) -> str:
    """Return the checksum of a file, not decompressed, with the algorithm of `like`."""
    algorithm = like.partition(":")[0]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, partial(hashlib.new, algorithm, usedforsecurity=False))
    return f"{algorithm}:{digest.hexdigest()}"
