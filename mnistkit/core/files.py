"""Writing so that a kill at any instant leaves either the old file or the new one."""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnistkit.core.holding import temporary_file
from mnistkit.errors import OutputError, OutputExistsError, reason_of

if TYPE_CHECKING:
    # Much that writes has no pixels to write, and starts faster.
    pass


Stamp = tuple[int, int] | None
"""When a file was last changed, in nanoseconds, and its size in bytes; None where it is not."""

# With a number, a suffix and what a temporary name adds, no file system refuses it.
MAX_STEM = 50


def is_there(path: Path) -> bool:
    """Whether there is such a file or folder; there is none of a name that no folder could have."""
    try:
        return path.exists()
    except OSError:
        return False


def stamp(path: str | Path) -> Stamp:
    """What is another one when a file was written in between."""
    try:
        found = Path(path).stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


@contextmanager
def replacing(path: Path, *, overwrite: bool = True) -> Iterator[Path]:
    """Give a temporary file beside `path`, and rename it to `path` on success.

    Args:
        path: What is to be written; its folder is made where it is missing.
        overwrite: Whether it replaces a file that is there by then.

    Raises:
        OutputError: The disk is full, the folder read-only or the like.
        OutputExistsError: It is there, and not to be overwritten.
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


def unwritable(path: Path, error: OSError) -> OutputError:
    """Return what tells in one line that a file or folder could not be written."""
    return OutputError(
        f"{path} could not be written: {reason_of(error, folder=True)}; free space or choose "
        "another place"
    )


def finite(value: Any) -> Any:
    """Return JSON values with NaN and infinity, which JSON does not have, as None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: finite(inner) for name, inner in value.items()}
    return [finite(inner) for inner in value] if isinstance(value, list | tuple) else value


def sha256(path: Path) -> str:
    """SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def write_json(path: Path, value: Any) -> None:
    """Write one JSON document, indented."""
    with replacing(path) as temporary:
        text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def refuse_to_overwrite(path: Path, *, force: bool) -> None:
    """Raise `OutputExistsError` where `path` exists and `force` was not given."""
    if path.exists() and not force:
        raise _exists(path)


def _take_name(temporary: Path, path: Path) -> bool:
    """Give a temporary file a name, and return True, unless something is called so already."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError:
        # A file system without hard links: the name is taken first, and its file replaced.
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
