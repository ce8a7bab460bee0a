"""Where the pictures of a folder lie, by class and by split, and what else lies there."""

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
"""What a split's folder may be called, in upper case or lower; the first one found is taken."""


@dataclass(frozen=True)
class Layout:
    """A folder of pictures.

    Args:
        path: With a folder a class, or with a folder a split, which have these.
        class_names: Naturally sorted.
        splits: The folder of each split; none where what an image shows decides.
    """

    path: Path
    class_names: tuple[str, ...]
    splits: Mapping[Split, Path]

    @classmethod
    def of(cls, path: Path) -> Layout:
        """Look at a folder.

        Raises:
            DatasetError: It is no such folder.
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
        """The pictures of every class in the folder of a split, in the order of their names."""
        # A split other than `train` need not have every class.
        return [
            list(_pictures(folder / name)) if (folder / name).exists() else []
            for name in self.class_names
        ]

    def left_out(self, taken: Collection[Path]) -> list[str]:
        """All that is not hidden and not taken, below the folder; of other folders the name."""
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
    """Return the folder of each split, if there are `train` and `test`."""
    found: dict[Split, Path] = {}
    for split, spellings in SPELLINGS.items():
        fitting = [name for name in names if name.lower() in spellings]
        if fitting:
            found[split] = path / min(fitting, key=lambda name: spellings.index(name.lower()))
    if found.keys() == {"train", "validation"}:
        raise DatasetError(
            f"{path}: expected a folder of test images beside {found['train'].name} and "
            f"{found['validation'].name}, received none; call one of them test, or add it"
        )
    return found if {"train", "test"} <= found.keys() else {}


def _folders(path: Path) -> tuple[str, ...]:
    """Return the names of the folders in a folder, naturally sorted, without hidden ones.

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
                f"{found.filename}: {reason_of(found, folder=True)}; change its rights, or "
                "remove it"
            ) from found
        if not any(part.startswith(".") for part in found.relative_to(folder).parts):
            yield found


def _files(folder: Path) -> Iterator[Path]:
    """All files below a folder that are not hidden, and the links to other folders."""
    for place, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(place, name) for name in folders if Path(place, name).is_symlink())
        yield from (Path(place, name) for name in sorted(names) if not name.startswith("."))
