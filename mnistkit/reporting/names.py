"""Names of users and strangers in plots."""

from __future__ import annotations


def legible(name: str, longest: int) -> str:
    """Return a name that a font can draw, in one line; cut off if it has more characters."""
    drawable = "".join(each if each.isprintable() else "?" for each in name)
    return drawable if len(drawable) <= longest else f"{drawable[:longest]}..."
