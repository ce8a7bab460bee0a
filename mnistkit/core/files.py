"""Writing so that a kill at any instant leaves either the old file or the new one."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from mnistkit.errors import OutputError, OutputExistsError


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Give a temporary path beside `path`, and rename it to `path` on success.

    The temporary name keeps the suffix, which Keras, for one, goes by.

    Raises:
        OutputError: The disk is full, the folder read-only or the like.
    """
    temporary = path.with_name(f".{path.stem}-{os.getpid()}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        yield temporary
        _flush(temporary)
        temporary.replace(path)
    except OSError as error:
        raise OutputError(
            f"{path} could not be written: {error.strerror or error}; free space or choose "
            "another place"
        ) from error
    finally:
        with suppress(OSError):
            temporary.unlink()


def finite(value: Any) -> Any:
    """Return JSON values with NaN and infinity, which JSON does not have, as None."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: finite(inner) for name, inner in value.items()}
    return [finite(inner) for inner in value] if isinstance(value, list | tuple) else value


def write_json(path: Path, value: Any) -> None:
    """Write one JSON document, indented."""
    with replacing(path) as temporary:
        text = json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False)
        temporary.write_text(text + "\n", encoding="utf-8")


def refuse_to_overwrite(path: Path, *, force: bool) -> None:
    """Raise `OutputExistsError` where `path` exists and `force` was not given."""
    if path.exists() and not force:
        raise OutputExistsError(
            f"{path} exists already; choose another name, or replace it with --force"
        )


def _flush(path: Path) -> None:
    with path.open("rb+") as file:
        os.fsync(file.fileno())
