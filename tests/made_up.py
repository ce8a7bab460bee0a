"""Values that Hypothesis makes up for the dataclasses that are kept as JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import settings
from hypothesis import strategies as some
from hypothesis.strategies import SearchStrategy

from mnistkit.core.typed_json import MOST, Range, hints

# The same examples every time.
ALWAYS = settings(max_examples=30, deadline=None, derandomize=True, database=None)

# UTF-8 has no halves of surrogate pairs.
TEXTS = some.text(some.characters(exclude_categories=["Cs"]), max_size=12)
PLAIN: dict[type, SearchStrategy[Any]] = {
    str: TEXTS,
    bool: some.booleans(),
    int: some.integers(0, MOST),
    float: some.floats(allow_nan=False, allow_infinity=False),
}
# What no option has at its bounds.
MOST_NUMBER = 10**6


def made_up(wanted: Any, **known: SearchStrategy[Any]) -> SearchStrategy[Any]:
    """Return values of a type of `typed_json`; a dataclass's fields may be known."""
    if is_dataclass(wanted):
        types = hints(wanted)
        own = {each.name: made_up(types[each.name]) for each in fields(wanted)}
        return some.builds(wanted, **(own | known))
    origin, inner = get_origin(wanted), get_args(wanted)
    return COMPOSED[origin](*inner) if origin in COMPOSED else PLAIN[wanted]


def _one_of(*kinds: Any) -> SearchStrategy[Any]:
    return some.one_of(*(some.none() if each is NoneType else made_up(each) for each in kinds))


def _within(plain: Any, *notes: Any) -> SearchStrategy[Any]:
    ranges = [getattr(note, "within", note) for note in notes]
    fitting = [each for each in ranges if isinstance(each, Range)]
    if plain not in {int, float} or not fitting:
        return made_up(plain)
    if plain is float:
        edges = some.sampled_from([0.0, 1e-9, 0.1, 0.25, 1 / 3, 1.0])
        return (edges | some.floats(0, 1, exclude_max=True)).filter(fitting[0].fits)
    numbers = some.integers(0, 9) | some.integers(0, MOST_NUMBER)
    return numbers.filter(fitting[0].fits)


COMPOSED: dict[Any, Callable[..., SearchStrategy[Any]]] = {
    Union: _one_of,
    UnionType: _one_of,
    tuple: lambda each, *_: some.lists(made_up(each), max_size=2).map(tuple),
    Mapping: lambda _, each: some.dictionaries(TEXTS, made_up(each), max_size=2),
    Literal: lambda *names: some.sampled_from(names),
    Annotated: _within,
}
