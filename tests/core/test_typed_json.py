"""Frozen dataclasses from JSON and back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import pytest

from mnistkit.core.typed_json import Count, Range, read, to_json


@dataclass(frozen=True)
class Part:
    name: str
    size: Count


@dataclass(frozen=True)
class Whole:
    parts: tuple[Part, ...]
    share: Annotated[float, Range("a number below 1", lambda value: value < 1)]
    kind: Literal["a", "b"]
    done: bool
    left: int
    figures: Mapping[str, float]
    options: Mapping[str, int | float | str]
    limit: Count | None
    note: str | None = None


WHOLE = Whole(
    parts=(Part("x", 1), Part("y", 2)),
    share=0.5,
    kind="a",
    done=True,
    left=0,
    figures={"n": 1.5},
    options={"on": True, "by": "z"},
    limit=None,
)
VALUES = to_json(WHOLE)


def test_what_was_written_is_read_back():
    assert VALUES["parts"] == [{"name": "x", "size": 1}, {"name": "y", "size": 2}]
    assert read(Whole, VALUES, "whole") == WHOLE


def test_a_field_is_left_out_only_where_none_is_its_default():
    assert "note" not in VALUES
    assert VALUES["limit"] is None
    assert to_json(replace(WHOLE, note="new"))["note"] == "new"


def test_what_is_no_finite_number_is_null():
    assert to_json(replace(WHOLE, figures={"n": float("nan")}))["figures"] == {"n": None}
    assert to_json([float("inf"), 1.0]) == [None, 1.0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"parts": {}}, r"expected whole\.parts to be a list, received {}"),
        ({"parts": [3]}, r"expected whole\.parts\.1 to be an object, received 3"),
        ({"parts": [{"name": "x"}]}, r"expected whole\.parts\.1\.size, received none"),
        (
            {"parts": [{"name": "x", "size": 0}]},
            r"expected whole\.parts\.1\.size to be a whole number from 1 to 2,147,483,647",
        ),
        ({"share": 1}, r"expected whole\.share to be a number below 1, received 1"),
        ({"share": float("-inf")}, r"expected whole\.share to be a number below 1, received -inf"),
        ({"share": True}, r"expected whole\.share to be a number below 1, received True"),
        ({"kind": "c"}, r"expected whole\.kind to be one of a, b, received 'c'"),
        ({"kind": ["a"]}, r"expected whole\.kind to be one of a, b, received \['a'\]"),
        ({"done": 1}, r"expected whole\.done to be true or false, received 1"),
        ({"left": 1.5}, r"expected whole\.left to be a whole number from 0"),
        ({"left": -1}, r"expected whole\.left to be a whole number from 0"),
        ({"figures": {"n": "1"}}, r"expected whole\.figures\.n to be a number, received '1'"),
        ({"options": {"on": None}}, r"expected whole\.options\.on to be text, a number, true"),
        ({"limit": "all"}, r"expected whole\.limit to be a whole number from 1"),
        ({"note": 3}, r"expected whole\.note to be text, received 3"),
        ({"more": 3}, r"expected no whole\.more, received 3"),
    ],
    ids=str,
)
def test_what_does_not_fit_is_named_in_one_line(change, message):
    with pytest.raises(ValueError, match=message) as told:
        read(Whole, VALUES | change, "whole")
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("name", ["a\nb", "\x1b[31m", "\u2028", "\ud800", "x" * 10_000])
@pytest.mark.parametrize("place", [(), ("figures",)], ids=["a field", "a key"])
def test_a_name_that_the_file_chooses_breaks_no_line(name, place):
    values = to_json(WHOLE)
    holder = values[place[0]] if place else values
    holder[name] = "no number"
    with pytest.raises(ValueError, match="expected") as caught:
        read(Whole, values, "file")
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 200
