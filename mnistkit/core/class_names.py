"""Class names: which are allowed, and how they are listed in one line."""

from __future__ import annotations

from collections.abc import Sequence

MIN_CLASSES, MAX_CLASSES = 2, 1000
# Characters of a class name. A folder dataset has file names as class names, which are no longer.
MAX_LENGTH = 255


def flaw(class_names: Sequence[str]) -> str | None:
    """Return what is wrong with class names, in one line, or None."""
    if not MIN_CLASSES <= len(class_names) <= MAX_CLASSES:
        return (
            f"expected from {MIN_CLASSES} to {MAX_CLASSES:,} classes, received {len(class_names):,}"
        )
    for name in class_names:
        if len(name) > MAX_LENGTH:
            return (
                f"expected class names of at most {MAX_LENGTH} characters, received one of "
                f"{len(name):,}"
            )
        if not name.isprintable():
            return f"expected class names of printable characters, received {name!r}"
    return None


MOST_NAMED = 12


def named(class_names: Sequence[str]) -> str:
    """Return class names in one line: all, or the first 12 and the number of the others."""
    more = len(class_names) - MOST_NAMED
    return ", ".join(class_names[:MOST_NAMED]) + (f" and {more:,} more" if more > 0 else "")


DIGITS = tuple("0123456789")
RANGE_PARTS = 2


def from_text(text: str) -> tuple[str, ...]:
    """Return class names as a user lists them: `a,b,c`, the range `0-9` or `A-Z`, or a number.

    Raises:
        ValueError: Too few or too many, empty ones, or one twice; the message says which.
    """
    names = _ranged(text) or tuple(name.strip() for name in text.split(","))
    wrong = flaw(names)
    if wrong or not all(names):
        raise ValueError(wrong or f"expected a name between all commas, received {text!r}")
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None:
        raise ValueError(f"expected class names that differ, received {twice!r} twice")
    return names


def _ranged(text: str) -> tuple[str, ...] | None:
    """Return the names of a number of classes or of a range of characters; None for a list."""
    if text.isdecimal():
        # More than are allowed need not be made.
        return tuple(map(str, range(min(int(text[:9]), MAX_CLASSES + 1))))
    ends = text.split("-")
    if len(ends) == RANGE_PARTS and all(len(end) == 1 and end.isalnum() for end in ends):
        first, last = map(ord, ends)
        return tuple(map(chr, range(first, min(last, first + MAX_CLASSES) + 1)))
    return None
