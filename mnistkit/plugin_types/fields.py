"""The types of a plugin's fields, which another package may have made of anything."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

WORDS: dict[Any, str] = {str: "text", tuple: "a tuple", Mapping: "a dictionary"}


def are_texts(values: Any) -> bool:
    """Return whether a value is a tuple of texts."""
    return isinstance(values, tuple) and all(isinstance(value, str) for value in values)


def mistyped(plugin: Any, types: Mapping[str, Any]) -> str | None:
    """Return which field of a plugin is of another type than these; None where none is."""
    for name, expected in types.items():
        value = getattr(plugin, name)
        if not isinstance(value, expected):
            wanted = WORDS.get(expected) or getattr(expected, "__name__", expected)
            return f"expected {wanted} as its {name}, received {type(value).__name__}"
    return None
