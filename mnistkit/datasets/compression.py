"""Reading files as they are published: compressed, or in an archive."""

from __future__ import annotations

import bz2
import gzip
import hashlib
import lzma
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from mnistkit.errors import DatasetError, reason_of

OPENERS: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
}
KINDS = {".gz": "gzip ", ".bz2": "bzip2 ", ".xz": "xz ", ".zip": "zip "}
# What reading damaged files raises; RuntimeError is an archive with a password, or of a method
# that zipfile has not.
BROKEN = (
    OSError,
    EOFError,
    ValueError,
    RuntimeError,
    zlib.error,
    lzma.LZMAError,
    zipfile.BadZipFile,
)


def read(path: Path, inside: str | None = None) -> bytes:
    """Read a file, decompressed as its suffix says.

    Args:
        path: The file, or a zip archive.
        inside: The name of the file in the archive, in whichever folder of it.

    Raises:
        DatasetError: It can't be read, or is not whole.
    """
    try:
        if inside is None:
            return OPENERS.get(path.suffix, bytes)(path.read_bytes())
        with zipfile.ZipFile(path) as archive:
            member = next(name for name in archive.namelist() if Path(name).name == inside)
            return OPENERS.get(Path(inside).suffix, bytes)(archive.read(member))
    except StopIteration as error:
        raise DatasetError(
            f"{path}: expected an archive with {inside}, received one without; get it anew"
        ) from error
    except BROKEN as error:
        # A damaged gzip file is an OSError, too, but of no file's name.
        if getattr(error, "filename", None):
            raise DatasetError(f"{path}: {reason_of(error)}") from error
        kind = KINDS.get(path.suffix, "")
        raise DatasetError(
            f"{path}: expected a whole {kind}file that can be read, received: {error}; "
            "get the file anew"
        ) from error


def checksum(like: str, content: bytes) -> str:
    """The checksum of bytes in the form of another one."""
    algorithm = like.partition(":")[0]
    return f"{algorithm}:{hashlib.new(algorithm, content, usedforsecurity=False).hexdigest()}"


def file_checksum(like: str, path: Path) -> str:
    """The checksum of a file as it lies there, which may be larger than the memory."""
    algorithm = like.partition(":")[0]
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, partial(hashlib.new, algorithm, usedforsecurity=False))
    return f"{algorithm}:{digest.hexdigest()}"
