"""Labelled pictures that are kept as a folder dataset: a sub-folder per class."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mnistkit.core.files import replacing, unwritable
from mnistkit.core.holding import PREFIX, clear_leftovers, hold, is_passing, release
from mnistkit.errors import OutputError, UsageError
from mnistkit.serving.replies import RequestError
from mnistkit.serving.settings import MIB, Collecting

NO_DIGIT = "none"
"""The label of a picture without a digit."""
NO_DIGIT_FOLDER = f".{NO_DIGIT}"
"""Hidden: the folder dataset takes it for no class."""

LOCK = f"{PREFIX}collecting"
LOCK_SECONDS = 10.0
# What a file takes on the disk at least.
BLOCK_BYTES = 4096
NAME_DIGITS = 32


@dataclass(frozen=True)
class Kept:
    """What became of a picture: whether it is new, and how many there are now."""

    new: bool
    collected: int


@dataclass(frozen=True)
class Collection:
    """A folder dataset that grows. Several servers may keep pictures in one.

    Args:
        folder: The folder.
        most_bytes: Of all pictures together, on the disk.
        places: The sub-folder of each label.
    """

    folder: Path
    most_bytes: int
    places: Mapping[str, Path]

    @classmethod
    def open(cls, collecting: Collecting, class_names: tuple[str, ...]) -> Collection:
        """Return the collection in a folder, which is made if it is missing.

        Raises:
            UsageError: The name of a class is not one of a folder.
            OutputError: It can't be made.
        """
        for name in class_names:
            if name in {"", NO_DIGIT} or name.startswith(".") or not {"/", os.sep}.isdisjoint(name):
                raise UsageError(
                    f"expected a model whose class names can be folders to collect in, received "
                    f"{name!r}; leave out --collect"
                )
        folder = collecting.folder
        places = {name: folder / name for name in class_names}
        places[NO_DIGIT] = folder / NO_DIGIT_FOLDER
        try:
            folder.mkdir(parents=True, exist_ok=True)
            held = hold(folder / LOCK)
            if held is not None:
                for place in places.values():
                    _clear(place)
                release(folder / LOCK, held)
        except OSError as error:
            raise unwritable(folder, error) from error
        return cls(folder, collecting.most_bytes, places)

    def check_label(self, label: str | None) -> str:
        """Return a label; raises `RequestError` for one that is none of the classes."""
        if label is None or label not in self.places:
            raise RequestError(
                400,
                f"expected one of {', '.join(self.places)} as `label`, received "
                f"{'none' if label is None else repr(label[:50])}",
            )
        return label

    def keep(self, label: str, content: bytes, suffix: str) -> Kept:
        """Keep a picture under a label; the same one under another label is moved.

        Args:
            label: One of the classes, or `NO_DIGIT`.
            content: The bytes of its file, by which it is named.
            suffix: Of its file.

        Raises:
            RequestError: There is no more room, or other servers don't let go of the folder.
        """
        name = f"{hashlib.sha256(content).hexdigest()[:NAME_DIGITS]}{suffix}"
        try:
            with self._held():
                new = self._keep(self.places[label] / name, content)
                return Kept(new, self._usage()[0])
        except (OSError, OutputError) as error:
            raise RequestError(
                507,
                "expected to write into the folder of collected pictures, which failed: the disk "
                "is full, or the folder was changed",
            ) from error

    def _keep(self, path: Path, content: bytes) -> bool:
        """Write a picture, unless it is there; return whether it was not."""
        is_new = not path.exists()
        same = [place / path.name for place in self.places.values()]
        elsewhere = [other for other in same if other != path and other.exists()]
        if is_new:
            if not elsewhere:
                self._check_room(len(content))
            with replacing(path) as temporary:
                temporary.write_bytes(content)
        # A server that was killed may have kept it under both labels.
        for other in elsewhere:
            other.unlink(missing_ok=True)
            # A class without pictures is none to train on.
            with suppress(OSError):
                other.parent.rmdir()
        return is_new

    @contextmanager
    def _held(self) -> Iterator[None]:
        """Keep other threads and other servers from the folder."""
        path = self.folder / LOCK
        held = hold(path, LOCK_SECONDS)
        if held is None:
            raise RequestError(
                503,
                f"expected the folder to be free within {LOCK_SECONDS:g} s; try again soon",
                {"Retry-After": "1"},
            )
        try:
            yield
        finally:
            release(path, held)

    def _check_room(self, size: int) -> None:
        _, used = self._usage()
        if used + max(size, BLOCK_BYTES) > self.most_bytes:
            raise RequestError(
                507,
                f"expected at most {self.most_bytes / MIB:,g} MiB of collected pictures, received "
                "one more; start the server with a larger --collect-limit",
            )

    def _usage(self) -> tuple[int, int]:
        """Return how many pictures there are, and how many bytes they take."""
        sizes = [
            max(entry.stat().st_size, BLOCK_BYTES)
            for place in self.places.values()
            if place.exists()
            for entry in os.scandir(place)
            if not is_passing(Path(entry.name))
        ]
        return len(sizes), sum(sizes)


def _clear(place: Path) -> None:
    """Delete what a server that was killed left of a label, its folder too if that is empty."""
    clear_leftovers(place)
    with suppress(OSError):
        place.rmdir()
