"""Where users' own datasets are, as the names of these datasets say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from mnistkit.core.preprocessing.preparation import PREPARATIONS
from mnistkit.errors import UsageError

TRANSPOSED = "transposed"
KINDS = ("csv", "folder", "npz")
"""The families that accept `transposed:`."""

WORDS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
DIGITS = frozenset("0123456789").union(WORDS)


@dataclass(frozen=True)
class Place:
    """A user's dataset as `[PREPARATION:][transposed:]PATH` describes it.

    Args:
        path: Its path, absolute in records.
        preparation: A key of `PREPARATIONS`; None to choose it by the class names.
        transposed: Whether rows and columns of the images are exchanged when they are read.
    """

    path: str
    preparation: str | None = None
    transposed: bool = False

    @classmethod
    def parse(cls, text: str) -> Place:
        """Return the place of a text; the two words before the path may be in any order."""
        place = cls(text)
        while True:
            word, colon, path = place.path.partition(":")
            if colon and word in PREPARATIONS and place.preparation is None:
                place = replace(place, path=path, preparation=word)
            elif colon and word == TRANSPOSED and not place.transposed:
                place = replace(place, path=path, transposed=True)
            else:
                return place

    def __str__(self) -> str:
        words = (self.preparation, TRANSPOSED if self.transposed else None, self.path)
        return ":".join(word for word in words if word is not None)

    def preparation_for(self, class_names: Sequence[str]) -> str:
        """Return the named preparation, else the one for the classes.

        Digits, in English words too, are prepared as digits, single characters as characters, all
        else as objects.
        """
        if self.preparation is not None:
            return self.preparation
        if all(name.lower() in DIGITS for name in class_names):
            return "digit"
        return "character" if all(len(name) == 1 for name in class_names) else "object"


def absolute(path: str) -> str:
    """Return an absolute path.

    Raises:
        UsageError: It is empty, not printable, or in the home folder of an unknown user.
    """
    if not path:
        raise UsageError("expected a path after the last colon or comma, received none; add it")
    if not path.isprintable():
        raise UsageError(
            f"expected a path of printable characters, received {path!r}; rename the file or folder"
        )
    try:
        return str(Path(path).expanduser().absolute())
    except RuntimeError as error:
        raise UsageError(
            f"expected the home folder of a user of this machine, received {path}; write the path "
            "in full"
        ) from error


def resolve(text: str) -> str:
    """Return the recorded form of `[PREPARATION:][transposed:]PATH`."""
    place = Place.parse(text)
    return str(replace(place, path=absolute(place.path)))


def transposed_name(name: str) -> str | None:
    """Return the name of a dataset with rows and columns exchanged; None if it has none."""
    kind, _, text = name.partition(":")
    if kind not in KINDS:
        return None
    place = Place.parse(text)
    return f"{kind}:{replace(place, transposed=not place.transposed)}"
