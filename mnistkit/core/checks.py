"""Checks of the values in a JSON file; a table of them describes an object's fields.

A check takes a field's name and its value. It raises `ValueError` with what was expected and what
was received.
"""

from __future__ import annotations

import reprlib
import sys
from collections.abc import Callable, Mapping
from typing import Any, NoReturn

Check = Callable[[str, Any], None]


def whole(low: int, high: int) -> Check:
    """Return a check for whole numbers in [low, high], bools excluded."""

    def check(name: str, value: Any) -> None:
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            wanted = f"a whole number from {low:,} to {high:,}" if low < high else str(low)
            _refuse(name, wanted, value)

    return check


def number(wanted: str, fits: Callable[[float], bool]) -> Check:
    """Return a check for finite numbers that fit; `wanted` says which."""

    def check(name: str, value: Any) -> None:
        if not is_finite_number(value) or not fits(value):
            _refuse(name, wanted, value)

    return check


def one_of(known: tuple[str, ...]) -> Check:
    """Return a check for one of these names."""

    def check(name: str, value: Any) -> None:
        # `in` alone would compare with values of any type.
        if not isinstance(value, str) or value not in known:
            _refuse(name, f"one of {', '.join(known)}", value)

    return check


def text(name: str, value: Any) -> None:
    """Check for text."""
    if not isinstance(value, str):
        _refuse(name, "text", value)


def flag(name: str, value: Any) -> None:
    """Check for a bool."""
    if not isinstance(value, bool):
        _refuse(name, "true or false", value)


def scalar(name: str, value: Any) -> None:
    """Check for text, a bool or a finite number."""
    if not isinstance(value, str | bool) and not is_finite_number(value):
        _refuse(name, "text, a number, true or false", value)


def optional(check: Check) -> Check:
    """Return a check that also accepts None."""

    def checked(name: str, value: Any) -> None:
        if value is not None:
            check(name, value)

    return checked


def each(check: Check) -> Check:
    """Return a check for a list in which every item passes another check."""

    def checked(name: str, value: Any) -> None:
        if not isinstance(value, list):
            _refuse(name, "a list", value)
        for number, item in enumerate(value, start=1):
            check(f"{name}.{number}", item)

    return checked


def mapping(check: Check) -> Check:
    """Return a check for an object in which every value passes another check."""

    def checked(name: str, value: Any) -> None:
        if not isinstance(value, dict):
            _refuse(name, "an object", value)
        for key, item in value.items():
            check(f"{name}.{key}", item)

    return checked


def fields(required: Mapping[str, Check], others: Mapping[str, Check] | None = None) -> Check:
    """Return a check for an object with these fields; unknown fields are accepted."""

    def checked(name: str, value: Any) -> None:
        if not isinstance(value, dict):
            _refuse(name, "an object", value)
        for key, check in {**required, **(others or {})}.items():
            if key in value:
                check(f"{name}.{key}", value[key])
            elif key in required:
                raise ValueError(f"expected {name}.{key}, received none")

    return checked


def is_finite_number(value: Any) -> bool:
    """Return whether a value is an int or a float, not a bool, within the range of a float."""
    most = sys.float_info.max
    return isinstance(value, int | float) and not isinstance(value, bool) and -most <= value <= most


def _refuse(name: str, wanted: str, value: Any) -> NoReturn:
    raise ValueError(f"expected {name} to be {wanted}, received {reprlib.repr(value)}")
