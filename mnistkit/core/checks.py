"""Checks of the values in a JSON file; a table of them describes an object's fields.

A check takes a field's name and its value. It raises `ValueError` with what was expected and what
was received.
"""

from __future__ import annotations

import reprlib
import sys
from collections.abc import Callable, Mapping
from typing import Any

Check = Callable[[str, Any], None]


def that(wanted: str, fits: Callable[[Any], bool]) -> Check:
    """Return a check for values that fit; `wanted` says which do."""

    def check(name: str, value: Any) -> None:
        if not fits(value):
            raise ValueError(f"expected {name} to be {wanted}, received {reprlib.repr(value)}")

    return check


text = that("text", lambda value: isinstance(value, str))
flag = that("true or false", lambda value: isinstance(value, bool))
scalar = that(
    "text, a number, true or false",
    lambda value: isinstance(value, str | bool) or is_finite_number(value),
)
a_list = that("a list", lambda value: isinstance(value, list))
an_object = that("an object", lambda value: isinstance(value, dict))


def whole(low: int, high: int) -> Check:
    """Return a check for whole numbers in [low, high]; a bool is none."""
    wanted = f"a whole number from {low:,} to {high:,}" if low < high else str(low)
    return that(
        wanted,
        lambda value: (
            isinstance(value, int) and not isinstance(value, bool) and low <= value <= high
        ),
    )


def number(wanted: str, fits: Callable[[float], bool]) -> Check:
    """Return a check for finite numbers that fit; `wanted` says which."""
    return that(wanted, lambda value: is_finite_number(value) and fits(value))


def one_of(known: tuple[str, ...]) -> Check:
    """Return a check for a name among others."""
    # Not `in` alone, which compares with values of any type.
    return that(
        f"one of {', '.join(known)}", lambda value: isinstance(value, str) and value in known
    )


def optional(check: Check) -> Check:
    """Return a check that also accepts None."""

    def checked(name: str, value: Any) -> None:
        if value is not None:
            check(name, value)

    return checked


def each(check: Check) -> Check:
    """Return a check for a list in which every item passes another check."""

    def checked(name: str, value: Any) -> None:
        a_list(name, value)
        for number, item in enumerate(value, start=1):
            check(f"{name}.{number}", item)

    return checked


def mapping(check: Check) -> Check:
    """Return a check for an object in which every value passes another check."""

    def checked(name: str, value: Any) -> None:
        an_object(name, value)
        for key, item in value.items():
            check(f"{name}.{key}", item)

    return checked


def fields(required: Mapping[str, Check], others: Mapping[str, Check] | None = None) -> Check:
    """Return a check for an object with these fields; unknown fields are accepted."""

    def checked(name: str, value: Any) -> None:
        an_object(name, value)
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
