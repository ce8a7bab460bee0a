"""Counting what was found on made pages."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from made_crops import make, perfect_answer

from mnistkit.reading.detection import decode
from mnistkit.reading.learning.measuring import as_read, measure


@pytest.fixture
def page():
    """A one, a zero and a cross."""
    return make(np.random.default_rng(1), 96)


@pytest.fixture
def marks(page):
    """All of its marks, found rightly."""
    return decode(perfect_answer(page))


def test_a_page_read_rightly_has_no_errors(page, marks):
    measures = measure(lambda _: marks, [page, page]).measures()

    assert measures == {
        "recall": 1, "precision": 1, "classes": 1, "printed": 1, "read": 1, "false_a_page": 0
    }  # fmt: skip


def test_a_mark_taken_for_a_digit_is_false(page, marks):
    tally = measure(lambda _: replace(marks, is_digit=np.ones(3, bool)), [page])

    assert (tally.digits, tally.found, tally.right, tally.false) == (2, 2, 2, 1)
    assert tally.measures()["precision"] == pytest.approx(2 / 3)


def test_missed_and_mistaken_digits_are_counted(page, marks):
    ones = marks.of(marks.is_digit & (marks.classes.argmax(axis=1) == 1))
    taken_for_two = replace(ones, classes=np.eye(10, dtype=np.float32)[[2]])

    tally = measure(lambda _: taken_for_two, [page])

    assert (tally.digits, tally.found, tally.right, tally.printed_right) == (2, 1, 0, 1)


def test_a_digit_that_the_edge_cuts_is_neither_found_nor_false(page, marks):
    _, zero, _ = page.glyphs
    left, _, width, _ = zero.box
    cut = replace(page, grey=page.grey[:, : int(left + width) - 1])

    tally = measure(lambda _: marks, [cut])

    assert (tally.digits, tally.found, tally.false) == (1, 1, 0)


def test_a_box_elsewhere_finds_nothing_and_no_mark_is_found_twice(page, marks):
    shifted = marks.boxes.copy()
    shifted[:, 0] += 40
    tally = measure(lambda _: replace(marks, boxes=shifted), [page])
    assert tally.found + tally.false == 2

    twice = marks.of(np.array([0, 0, 1, 1, 2, 2]))
    tally = measure(lambda _: twice, [page])
    assert (tally.found, tally.false) == (2, 2)


def test_nothing_to_find_has_no_shares(page, marks):
    empty = replace(page, glyphs=())

    measures = measure(lambda _: marks.of(np.zeros(3, bool)), [empty]).measures()

    assert measures["recall"] is None
    assert measures["precision"] is None
    assert measures["false_a_page"] == 0


def test_a_page_is_brought_to_the_size_at_which_its_digits_are_read_best(page):
    large = as_read(page)

    heights = [glyph.box[3] for glyph in large.glyphs]
    assert heights == pytest.approx([28, 28, 28])
    assert large.grey.shape == (134, 134)
