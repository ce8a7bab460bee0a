"""The table on a terminal whose rows are not all there yet."""

from __future__ import annotations

from itertools import chain

import pytest

from mnistkit.cli.predict.columns import Columns, width

HEADER, WIDTHS = ["source", "label", "confidence"], [5, 10]


@pytest.fixture(autouse=True)
def _terminal_of_80_columns(monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")


def lines(*names, known=()):
    """The heading, and the lines of a row for each name."""
    table = Columns(HEADER, WIDTHS, known)
    rows = (table.lines([name, "7", "0.9997"]) for name in names)
    return [table.heading(), *chain.from_iterable(rows)]


def test_columns_stand_below_their_names():
    header, *rows = lines("seven.png", "digits/eight.png")
    assert {row.index("7") for row in rows} == {header.index("label")}
    assert {row.index("0.9997") for row in rows} == {header.index("confidence")}


def test_names_that_are_known_make_room_from_the_first_line():
    long = "photos/of/a/whole/holiday/seven.png"
    header, *rows = lines("seven.png", long, known=["seven.png", long])
    assert {row.index(" 7 ") for row in rows} == {header.index(" label")}


def test_a_column_grows_with_what_was_not_known():
    _, first, *rows = lines("seven.png", "x" * 30, "eight.png")
    assert first.index(" 7 ") < rows[0].index(" 7 ") == rows[1].index(" 7 ")


def test_a_name_too_long_for_the_terminal_stands_alone_and_whole():
    name = "x" * 200
    header, first, alone, answer, last = lines("seven.png", name, "eight.png", known=[name])
    assert alone == name
    assert answer.split() == ["7", "0.9997"]
    assert {row.index(" 7 ") for row in (first, answer, last)} == {header.index(" label")}
    assert max(map(len, (header, first, answer, last))) <= 80


def test_an_empty_cell_is_a_dash():
    (row,) = Columns(HEADER, WIDTHS).lines(["blank.png", "", ""])
    assert row.split() == ["blank.png", "-", "-"]


def test_wide_characters_take_two_columns_and_combining_ones_none():
    assert width("数字.png") == 8
    assert width("e\N{COMBINING ACUTE ACCENT}.png") == 5
