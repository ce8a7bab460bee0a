"""The layout of a folder of pictures: its classes, its splits and its other files."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from mnistkit.core.arrays import Split
from mnistkit.core.class_names import named
from mnistkit.core.preprocessing.walking import walk_pictures
from mnistkit.datasets import user_data
from mnistkit.errors import DatasetError, reason_of

SPELLINGS: dict[Split, tuple[str, ...]] = {
    "train": ("train", "training"),
    "validation": ("validation", "valid", "val"),
    "test": ("test", "testing"),
}
"""Names of a split in a folder or a file; the first one that exists is used."""


@dataclass(frozen=True)
class Layout:
    """A folder of pictures.

    Args:
        path: It has a sub-folder per class, or per split and then per class.
        class_names: Names of the classes, naturally sorted.
        splits: The folder of each split; empty if images are split by their content.
    """

    path: Path
    class_names: tuple[str, ...]
    splits: Mapping[Split, Path]

    @classmethod
    def of(cls, path: Path) -> Layout:
        """Return the layout of a folder.

        Raises:
            DatasetError: It is not a folder with one sub-folder per class.
        """
        names = _folders(path)
        splits = _splits(path, names)
        if not splits:
            return cls(path, names, {})
        names = _folders(splits["train"])
        for folder in splits.values():
            new = set(_folders(folder)) - set(names)
            if new:
                raise DatasetError(
                    f"{folder}: expected the classes of {splits['train']}, also received "
                    f"{named(user_data.naturally_sorted(new))}; remove them, or add them to train"
                )
        return cls(path, names, splits)

    def pictures(self, folder: Path) -> list[list[Path]]:
        """Return the pictures of every class in the folder of a split, sorted by name."""
        # A split other than `train` need not have every class.
        return [
            list(_pictures(folder / name)) if (folder / name).exists() else []
            for name in self.class_names
        ]

    def left_out(self, taken: Collection[Path]) -> list[str]:
        """Return the paths that are neither taken nor hidden; of other folders, only their own."""
        places = list(self.splits.values()) or [self.path]
        beside = [path for path in _visible(self.path) if self.splits and path not in places]
        others = [path for place in places for path in self._others(place, taken)]
        return [str(path.relative_to(self.path)) for path in beside + others]

    def _others(self, place: Path, taken: Collection[Path]) -> Iterator[Path]:
        for path in _visible(place):
            if path.name in self.class_names:
                yield from (found for found in _files(path) if found not in taken)
            else:
                yield path


def _splits(path: Path, names: Collection[str]) -> dict[Split, Path]:
    """Return the folder of each split; none unless there are `train` and `test`."""
    found: dict[Split, Path] = {}
    for split, spellings in SPELLINGS.items():
        fitting = [name for name in names if name.lower() in spellings]
        if fitting:
            found[split] = path / min(fitting, key=lambda name: spellings.index(name.lower()))
    if found.keys() == {"train", "validation"}:
        raise DatasetError(
            f"{path}: expected a folder of test images beside {found['train'].name} and "
            f"{found['validation'].name}, received none; rename one of them to test, or add one"
        )
    return found if {"train", "test"} <= found.keys() else {}


def _folders(path: Path) -> tuple[str, ...]:
    """Return the names of the visible folders in a folder, naturally sorted.

    Raises:
        DatasetError: There are none.
    """
    names = [entry.name for entry in _visible(path) if entry.is_dir()]
    if not names:
        raise DatasetError(
            f"{path}: expected one sub-folder per class, received none; sort the pictures into "
            "a folder for each class, named after it"
        )
    return user_data.naturally_sorted(names)


def _visible(path: Path) -> list[Path]:
    """Return the entries of a folder that are not hidden, sorted by name."""
    try:
        return sorted(entry for entry in path.iterdir() if not entry.name.startswith("."))
    except OSError as error:
        raise DatasetError(
            f"{path}: {reason_of(error, folder=True)}; name a folder with one sub-folder per class"
        ) from error


def _pictures(folder: Path) -> Iterator[Path]:
    """Yield the pictures below a folder that are not hidden."""
    for found in walk_pictures(folder):
        if isinstance(found, OSError):
            raise DatasetError(
                f"{found.filename}: {reason_of(found, folder=True)}; change its permissions, or "
                "remove it"
            ) from found
        if not any(part.startswith(".") for part in found.relative_to(folder).parts):
            yield found


def _files(folder: Path) -> Iterator[Path]:
    """Yield the visible files below a folder, and the links to other folders."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in folders if Path(place, name).is_symlink())
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("."))
