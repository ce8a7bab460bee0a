"""Writing files so that a kill at any instant leaves either the old file or the new one."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mnistkit.core.holding import temporary_file, temporary_folder
from mnistkit.errors import OutputError, OutputExistsError, UsageError, reason_of

Stamp = tuple[int, int] | None
"""A file's time of change, in nanoseconds, and its size in bytes; None if it does not exist."""

# Characters; leaves room for a number, a suffix and the prefix of a temporary name.
MAX_STEM = 50


def is_there(path: Path) -> bool:
    """Return whether a file or folder exists; False for a name that no file can have."""
    try:
        return path.exists()
    except OSError:
        return False


def stamp(path: str | Path) -> Stamp:
    """Return a value that changes when the file is rewritten."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


@contextmanager
def replacing(path: Path, *, overwrite: bool = True) -> Iterator[Path]:
    """Yield a temporary file beside `path`, and rename it to `path` on success.

    Args:
        path: The file to write; its folder is created if it is missing.
        overwrite: Whether an existing file is replaced.

    Raises:
        OutputError: The disk is full, the folder is read-only or the like.
        OutputExistsError: It exists, and `overwrite` is False.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary_file(path.parent, path.suffix) as temporary:
            yield temporary
            _flush(temporary)
            if overwrite:
                temporary.replace(path)
            elif not _take_name(temporary, path):
                raise _exists(path)
    except OSError as error:
        raise unwritable(path, error) from error


@contextmanager
def new_folder(path: Path, *, or_empty: bool = False) -> Iterator[Path]:
    """Yield a temporary folder beside `path`, and rename it to `path` on success.

    Args:
        path: The folder to write; its parent is created if it is missing.
        or_empty: Whether an empty folder is replaced.

    Raises:
        OutputError: The disk is full, the folder is read-only or the like.
        OutputExistsError: `path` exists by then.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with temporary_folder(path.parent) as temporary:
            try:
                yield temporary
            except OutputError as error:
                raise OutputError(str(error).replace(str(temporary), str(path))) from error
            for file in _files(temporary):
                _flush(file)
            if not (or_empty and path.is_dir() and not any(path.iterdir())):
                refuse_existing(path)
            temporary.rename(path)
    except OSError as error:
        raise unwritable(path, error) from error


def make_folder(path: Path) -> None:
    """Create a folder to write files into, unless it exists.

    Raises:
        UsageError: There is a file in its place.
        OutputError: It can't be created or written to.
    """
    try:
        path.mkdir(parents=True, exist_ok=True)
        if not os.access(path, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, "no permission")
    except OSError as error:
        is_file = isinstance(error, FileExistsError | NotADirectoryError)
        kind = UsageError if is_file else OutputError
        raise kind(
            f"expected a folder that can be written to, received {path}: "
            f"{reason_of(error, folder=True)}; choose another one"
        ) from error


def refuse_existing(folder: Path) -> None:
    """Raise `OutputExistsError` if the folder to write exists already."""
    if folder.exists():
        raise OutputExistsError(
            f"{folder} exists already, and folders are not replaced; choose another name, or "
            "delete it first"
        )


def size(path: Path) -> int:
    """Return the size of a file, or of all files in a folder together, in bytes."""
    return sum(file.stat().st_size for file in _files(path))


def _files(path: Path) -> list[Path]:
    return [file for file in (path, *path.rglob("*")) if file.is_file()]


def unwritable(path: Path, error: OSError) -> OutputError:
    """Return the error for a file or folder that could not be written."""
    return OutputError(
        f"{path} could not be written: {reason_of(error, folder=True)}; free space or choose "
        "another place"
    )


def sha256(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, value: Any) -> None:
    """Write one JSON document, indented."""
    with replacing(path) as temporary:
        text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def refuse_to_overwrite(path: Path, *, force: bool) -> None:
    """Raise `OutputExistsError` if `path` exists, unless `force`."""
    if path.exists() and not force:
        raise _exists(path)


def _take_name(temporary: Path, path: Path) -> bool:
    """Rename a temporary file and return True, or False if the name is taken."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError:
        # Without hard links, an empty file takes the name first, and is then replaced.
        try:
            path.open("x").close()
        except FileExistsError:
            return False
        temporary.replace(path)
    return True


def _exists(path: Path) -> OutputExistsError:
    return OutputExistsError(
        f"{path} exists already; choose another name, or replace it with --force"
    )


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
