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
    waiting = [(str(folder), True)]
    while waiting:
        place, is_folder = waiting.pop()
        if not is_folder:
            yield Path(place)
            continue
        try:
            with os.scandir(place) as entries:
                found = sorted(_of_interest(entries, suffixes), reverse=True)
        except OSError as error:
            yield error
        else:
            waiting.extend((f"{place}/{name}", is_folder) for name, is_folder in found)


def _of_interest(
    entries: Iterator[os.DirEntry[str]], suffixes: frozenset[str]
) -> Iterator[tuple[str, bool]]:
    """Yield the names of the folders, and of the regular files with one of the suffixes.

    Each with whether it is a folder.
    """
    for entry in entries:
        if entry.is_dir(follow_symlinks=False):
            yield entry.name, True
            continue
        # A `Path` for each entry would take longer than all else here.
        suffix = os.path.splitext(entry.name)[1]  # noqa: PTH122
        if suffix.lower() in suffixes and _may_be_file(entry):
            yield entry.name, False


def _may_be_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:
        # A broken link; reading it raises the error.
        return True
