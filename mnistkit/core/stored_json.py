"""Reading untrusted JSON, bounded in size and depth."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

MAX_BYTES = 2**24
MAX_DEPTH = 50


def read(path: Path) -> Any:
    """Return the content of a JSON file.

    Raises:
        OSError: It can't be read.
        ValueError: It is not a regular file, too large, not JSON, or nested too deep.
    """
    # A device or a pipe may be endless.
    if path.exists() and not path.is_file():
        raise ValueError("expected a file")
    with path.open("rb") as file:
        return parse(file.read(MAX_BYTES + 1), MAX_BYTES)


def parse(text: str | bytes, most: int) -> Any:
    """Return the value of JSON text of at most `most` characters or bytes.

    Raises:
        ValueError: It is too large, not JSON, or nested too deep.
    """
    if len(text) > most:
        raise ValueError(f"expected at most {most:,} bytes, received {len(text):,}")
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("nested too deep") from error
    except UnicodeDecodeError as error:
        # The original error holds all of the text.
        raise ValueError(str(error)) from error
    _check_depth(value)
    return value


def _check_depth(value: Any) -> None:
    level = [value]
    for _ in range(MAX_DEPTH):
        level = [inner for outer in level for inner in _inside(outer)]
        if not level:
            return
    raise ValueError("nested too deep")


def _inside(value: Any) -> Any:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()
