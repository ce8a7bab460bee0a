"""Names of users and strangers in plots."""

from __future__ import annotations


def legible(name: str, longest: int) -> str:
    """Return a name that a font can draw, in one line; cut off if it has more characters."""
    shown = drawable(name)
    return shown if len(shown) <= longest else f"{shown[:longest]}..."


def drawable(name: str) -> str:
    """Return a name with `?` for what a font can't draw."""
    return "".join(each if each.isprintable() else "?" for each in name)
