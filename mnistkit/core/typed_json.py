"""Reading untrusted JSON as frozen dataclasses, and writing them as JSON.

The types of the fields are checked. A field whose default is None may be missing; all others are
required, and unknown fields are refused.
"""

from __future__ import annotations

import math
import reprlib
import sys
from collections.abc import Callable, Mapping
from dataclasses import Field, dataclass, fields, is_dataclass
from functools import cache, partial
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, NoReturn, Union, get_args, get_origin, get_type_hints

MOST = 2**31 - 1
"""The largest int of a field without a range of its own."""

TYPES = {str: "text", bool: "true or false"}


@dataclass(frozen=True)
class Range:
    """The finite numbers that a field accepts, in words and as a condition; for `Annotated`."""

    words: str
    fits: Callable[[float], bool]


def whole(low: int, high: int) -> Range:
    """Return a range of whole numbers, `low` and `high` included."""
    words = f"a whole number from {low:,} to {high:,}" if low < high else str(low)
    return Range(words, lambda value: low <= value <= high)


NATURAL = whole(0, MOST)
FINITE = Range("a number", math.isfinite)
Count = Annotated[int, whole(1, MOST)]


def read(wanted: Any, value: Any, where: str) -> Any:
    """Return a JSON value as a type: a dataclass, tuple, mapping, literal or plain value.

    Args:
        wanted: The type. `Annotated` numbers may have a `Range`, or an object with a range as
            attribute `within`.
        value: The value as `json` parsed it.
        where: The field's name in errors.

    Raises:
        ValueError: The value is not of the type; the message names the field.
    """
    return _reader(wanted)(value, where)


def to_json(value: Any) -> Any:
    """Return a dataclass as plain JSON values, with None for NaN and infinity."""
    if is_dataclass(value):
        there = (field.name for field in fields(value) if not _is_missing(field, value))
        return {name: to_json(getattr(value, name)) for name in there}
    if isinstance(value, Mapping):
        return {name: to_json(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def hints(cls: type[Any]) -> dict[str, Any]:
    """Return the types of a dataclass's fields by name, with their annotations."""
    return get_type_hints(cls, include_extras=True)


def is_finite_number(value: Any) -> bool:
    """Return whether a value is an int or a float, not a bool, within the range of a float."""
    most = sys.float_info.max
    return isinstance(value, int | float) and not isinstance(value, bool) and -most <= value <= most


def _refuse(where: str, wanted: str, value: Any) -> NoReturn:
    """Raise `ValueError` with what was expected and what was received."""
    raise ValueError(f"expected {where} to be {wanted}, received {reprlib.repr(value)}")


Reader = Callable[[Any, str], Any]
"""Takes a value and its field's name; returns the value as a type, or raises `ValueError`."""


def _reader(wanted: Any) -> Reader:
    origin, inner = get_origin(wanted), get_args(wanted)
    if is_dataclass(wanted):
        return partial(_read_object, wanted)
    if origin in {Union, UnionType}:
        some = [each for each in inner if each is not NoneType]
        one = _reader(some[0]) if len(some) == 1 else _read_scalar
        return partial(_read_optional, one) if NoneType in inner else one
    if origin is tuple:
        return partial(_read_list, _reader(inner[0]))
    if origin is Mapping:
        return partial(_read_mapping, _reader(inner[1]))
    return _plain_reader(*(inner if origin is Annotated else (wanted,)))


def _plain_reader(plain: Any, *notes: Any) -> Reader:
    if get_origin(plain) is Literal:
        return partial(_read_name, get_args(plain))
    if plain in {int, float}:
        found = (getattr(note, "within", note) for note in notes)
        ranges = [each for each in found if isinstance(each, Range)]
        return partial(_read_number, plain, (*ranges, NATURAL if plain is int else FINITE)[0])
    return partial(_checked, plain, TYPES[plain])


@cache
def _readers(cls: Any) -> dict[str, tuple[Reader, bool]]:
    """Return the reader of each field of a dataclass, and whether the field is required."""
    types = hints(cls)
    return {
        field.name: (_reader(types[field.name]), field.default is not None) for field in fields(cls)
    }


def _read_object(cls: Any, value: Any, where: str) -> Any:
    _checked(dict, "an object", value, where)
    known = _readers(cls)
    for name, (_, required) in known.items():
        if required and name not in value:
            raise ValueError(f"expected {where}.{name}, received none")
    for name in value:
        if name not in known:
            raise ValueError(
                f"expected no {_inside(where, name)}, received {reprlib.repr(value[name])}"
            )
    return cls(**{name: known[name][0](item, f"{where}.{name}") for name, item in value.items()})


def _read_optional(one: Reader, value: Any, where: str) -> Any:
    return None if value is None else one(value, where)


def _read_scalar(value: Any, where: str) -> Any:
    if not isinstance(value, str | bool) and not is_finite_number(value):
        _refuse(where, "text, a number, true or false", value)
    return value


def _read_list(one: Reader, value: Any, where: str) -> tuple[Any, ...]:
    items = enumerate(_checked(list | tuple, "a list", value, where), start=1)
    return tuple(one(item, f"{where}.{number}") for number, item in items)


def _read_mapping(one: Reader, value: Any, where: str) -> dict[str, Any]:
    items = _checked(dict, "an object", value, where).items()
    return {name: one(item, _inside(where, name)) for name, item in items}


def _inside(where: str, name: str) -> str:
    """Return how errors name a field whose name the file chooses: in one line, and not long."""
    return f"{where}.{name if name.isprintable() else ascii(name):.50}"


def _read_name(names: tuple[str, ...], value: Any, where: str) -> Any:
    # `in` alone would compare with values of any type.
    if not isinstance(value, str) or value not in names:
        _refuse(where, f"one of {', '.join(names)}", value)
    return value


def _read_number(plain: type, within: Range, value: Any, where: str) -> Any:
    fits = is_finite_number(value) and (plain is float or isinstance(value, int))
    if not fits or not within.fits(value):
        _refuse(where, within.words, value)
    return value


def _checked(types: Any, words: str, value: Any, where: str) -> Any:
    if not isinstance(value, types):
        _refuse(where, words, value)
    return value


def _is_missing(field: Field[Any], value: Any) -> bool:
    return field.default is None and getattr(value, field.name) is None
