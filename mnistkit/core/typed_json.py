"""Frozen dataclasses from JSON that anybody may have written, and back.

The types of the fields say what is expected. A field whose default is None may be missing; all
others have to be there, and no others.
"""

from __future__ import annotations

import math
import reprlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, fields, is_dataclass
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

MOST = 2**31 - 1
"""The largest int that a field takes without a range of its own."""

TYPES = {str: "text", bool: "true or false"}


@dataclass(frozen=True)
class Range:
    """The numbers that a field takes, in words and as a condition; it stands in `Annotated`."""

    words: str
    fits: Callable[[float], bool]


def whole(low: int, high: int) -> Range:
    """Return the range of the whole numbers from `low` to `high`."""
    words = f"a whole number from {low:,} to {high:,}" if low < high else str(low)
    return Range(words, lambda value: low <= value <= high)


NATURAL = whole(0, MOST)
FINITE = Range("a number", math.isfinite)
Count = Annotated[int, whole(1, MOST)]


def read(wanted: Any, value: Any, where: str) -> Any:
    """Return a JSON value as a type: a dataclass, tuple, mapping, literal or plain value.

    Args:
        wanted: The type; numbers may have a `Range` in `Annotated`, or a note with one as its
            attribute `within`.
        value: As JSON has it.
        where: The name of the field, for errors.

    Raises:
        ValueError: The value is none of the type; names the field.
    """
    origin, inner = get_origin(wanted), get_args(wanted)
    if is_dataclass(wanted):
        return _read_object(wanted, value, where)
    if origin in {Union, UnionType}:
        return _read_one_of(inner, value, where)
    if origin is tuple:
        rows = enumerate(_checked(list | tuple, value, where, "a list"), start=1)
        return tuple(read(inner[0], item, f"{where}.{number}") for number, item in rows)
    if origin is Mapping:
        items = _checked(dict, value, where, "an object").items()
        return {name: read(inner[1], item, f"{where}.{name}") for name, item in items}
    return _read_plain(wanted, value, where)


def to_json(value: Any) -> Any:
    """Return a dataclass as plain JSON values; what is not a finite number is null."""
    if is_dataclass(value):
        there = (field.name for field in fields(value) if not _is_missing(field, value))
        return {name: to_json(getattr(value, name)) for name in there}
    if isinstance(value, Mapping):
        return {name: to_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def hints(cls: type[Any]) -> dict[str, Any]:
    """Return the type of each field of a dataclass, with its annotations."""
    return get_type_hints(cls, include_extras=True)


_known_hints = cache(hints)


def is_finite_number(value: Any) -> bool:
    """Whether a value is an int or a float that a float can hold; a bool is none."""
    most = sys.float_info.max
    return isinstance(value, int | float) and not isinstance(value, bool) and -most <= value <= most


def refuse(where: str, wanted: str, value: Any) -> NoReturn:
    """Raise `ValueError` with what was expected and what was received."""
    raise ValueError(f"expected {where} to be {wanted}, received {reprlib.repr(value)}")


def _is_missing(field: Field[Any], value: Any) -> bool:
    return field.default is None and getattr(value, field.name) is None


def _read_object(cls: Any, value: Any, where: str) -> Any:
    _checked(dict, value, where, "an object")
    known = {field.name: field for field in fields(cls)}
    for name in value.keys() - known.keys():
        raise ValueError(f"expected no {where}.{name:.50}, received {reprlib.repr(value[name])}")
    for name in known.keys() - value.keys():
        if known[name].default is not None:
            raise ValueError(f"expected {where}.{name}, received none")
    wanted = _known_hints(cls)
    return cls(**{name: read(wanted[name], value[name], f"{where}.{name}") for name in value})


def _read_one_of(types: tuple[Any, ...], value: Any, where: str) -> Any:
    """Return None, a value of the other type, or of several plain types any."""
    if value is None and NoneType in types:
        return None
    some = [each for each in types if each is not NoneType]
    if len(some) == 1:
        return read(some[0], value, where)
    if not isinstance(value, str | bool) and not is_finite_number(value):
        refuse(where, "text, a number, true or false", value)
    return value


def _read_plain(wanted: Any, value: Any, where: str) -> Any:
    """Return a number in its range, a name of a literal, a text or a bool."""
    number, *notes = get_args(wanted) if get_origin(wanted) is Annotated else (wanted,)
    if get_origin(number) is Literal:
        # Not `in` alone, which compares with values of any type.
        if not isinstance(value, str) or value not in get_args(number):
            refuse(where, f"one of {', '.join(get_args(number))}", value)
    elif number in {int, float}:
        within = _range_in(notes) or (NATURAL if number is int else FINITE)
        fits = is_finite_number(value) and (number is float or isinstance(value, int))
        if not fits or not within.fits(value):
            refuse(where, within.words, value)
    else:
        _checked(number, value, where, TYPES[number])
    return value


def _checked(types: Any, value: Any, where: str, words: str) -> Any:
    if not isinstance(value, types):
        refuse(where, words, value)
    return value


def _range_in(notes: list[Any]) -> Range | None:
    found = (getattr(note, "within", note) for note in notes)
    return next((each for each in found if isinstance(each, Range)), None)
