"""Finding the pictures below a folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from mnistkit.core.preprocessing.decoding import SUFFIXES


def walk_pictures(folder: Path, suffixes: frozenset[str] = SUFFIXES) -> Iterator[Path | OSError]:
    """Yield the pictures below a folder in sorted order, without following links to folders.

    A folder that can't be read is yielded as its error.
    """
    waiting = [str(folder)]
    while waiting:
        place = waiting.pop()
        if Path(place).suffix.lower() in suffixes and not Path(place).is_dir():
            yield Path(place)
            continue
        try:
            with os.scandir(place) as entries:
                found = sorted(entry.name for entry in entries if _is_of_interest(entry, suffixes))
        except OSError as error:
            yield error
        else:
            waiting.extend(str(Path(place, name)) for name in reversed(found))


def _is_of_interest(entry: os.DirEntry[str], suffixes: frozenset[str]) -> bool:
    """Return whether an entry is a folder, or a regular file with one of the suffixes."""
    if entry.is_dir(follow_symlinks=False):
        return True
    if Path(entry.name).suffix.lower() not in suffixes:
        return False
    try:
        return entry.is_file()
    except OSError:
        # A broken link; reading it raises the error.
        return True
