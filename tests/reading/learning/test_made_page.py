from __future__ import annotations

from collections import Counter
from itertools import pairwise

import numpy as np
import pytest
from scipy import ndimage

from mnistkit.reading.learning.desk import Scene, set_desk, trimmed
from mnistkit.reading.learning.drawing import View, draw
from mnistkit.reading.learning.made_page import KINDS, SHARES, SIDEWAYS, make_crop, make_page
from mnistkit.reading.learning.marks import Mark, Pen, Tag
from mnistkit.reading.learning.writing import Line, print_text, reversed_text, write

SIZE = 500, 400


def page(kind, digits, seed=0):
    return make_page(kind, np.random.default_rng(seed), digits, SIZE)


def found(kind, digits, seeds=6):
    """How many handwritten and printed digits and other marks pages of a kind have together."""
    glyphs = [glyph for seed in range(seeds) for glyph in page(kind, digits, seed).glyphs]
    return Counter((glyph.label is not None, glyph.printed) for glyph in glyphs)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_makes_the_same_page(kind, digits):
    one, other = page(kind, digits), page(kind, digits)

    assert np.array_equal(one.grey, other.grey)
    assert one.glyphs == other.glyphs


def test_another_seed_makes_another_page(digits):
    assert not np.array_equal(page("rows", digits, 1).grey, page("rows", digits, 2).grey)


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_has_the_size_asked_for_and_names_its_kind(kind, digits):
    made = page(kind, digits)

    assert (made.grey.shape, made.grey.dtype, made.kind) == (SIZE, np.uint8, kind)


@pytest.mark.parametrize("kind", ["words", "blank"])
def test_pages_without_numbers_have_no_digit(kind, digits):
    assert {label for label, _ in found(kind, digits)} <= {False}


def test_pages_of_words_have_letters(digits):
    assert found("words", digits)[False, True] > 100


@pytest.mark.parametrize("kind", ["rows", "columns"])
def test_rows_and_columns_are_handwritten_only(kind, digits):
    counts = found(kind, digits)

    assert counts[True, False] > 50
    assert not counts[True, True]


@pytest.mark.parametrize("kind", ["table", "form", "exam", "marks"])
def test_pages_with_print_have_handwritten_digits_and_other_characters(kind, digits):
    counts = found(kind, digits)

    assert counts[True, False] > 20
    assert counts[False, True] > 20


def test_printed_lists_have_printed_digits_and_letters(digits):
    counts = found("print", digits)

    assert counts[True, True] > 50
    assert counts[False, True] > 50


def test_sudokus_have_printed_and_handwritten_digits_in_one_row(digits):
    rows = {}
    for glyph in page("sudoku", digits, 4).glyphs:
        if glyph.label is not None:
            rows.setdefault(glyph.row, set()).add(glyph.printed)

    assert sum(kinds == {True, False} for kinds in rows.values()) >= 3


def test_the_glyphs_of_a_row_stand_from_left_to_right(digits):
    rows = {}
    for glyph in page("rows", digits, 3).glyphs:
        if glyph.row >= 0:
            rows.setdefault(glyph.row, []).append(glyph)

    for glyphs in rows.values():
        middles = [glyph.box[0] + glyph.box[2] / 2 for glyph in glyphs]
        assert middles == sorted(middles)
        assert [g.number for g in glyphs] == sorted(g.number for g in glyphs)


def test_the_shares_of_the_kinds_add_up():
    assert sum(SHARES.values()) == pytest.approx(1)
    assert SHARES.keys() == set(KINDS)


def test_crops_are_square_and_show_all_their_glyphs_in_part(digits):
    for seed in range(20):
        made = make_crop(np.random.default_rng(seed), digits, 96)

        assert made.grey.shape == (96, 96)
        for left, top, width, height in (glyph.box for glyph in made.glyphs):
            assert left < 96 > top
            assert left + width > 0 < top + height


def test_crops_show_digits_of_many_sizes(digits):
    heights = [
        glyph.box[3]
        for seed in range(60)
        for glyph in make_crop(np.random.default_rng(seed), digits, 128).glyphs
        if glyph.label is not None
    ]

    assert np.percentile(heights, 95) > 2.5 * np.percentile(heights, 5)


def test_most_digits_can_be_told_from_the_paper(digits):
    """Within a box there is more contrast than in its surroundings' noise."""
    made = page("rows", digits, 3)
    spreads = []
    for glyph in made.glyphs:
        left, top, width, height = map(round, glyph.box)
        if left >= 0 and top >= 0 and glyph.label is not None:
            spreads.append(np.ptp(made.grey[top : top + height, left : left + width]))

    assert np.median(spreads) > 30


def test_what_would_reach_beyond_the_sheet_is_left_out_by_whole_words():
    def mark(x, label, number):
        stroke = np.array([(x, 1.0), (x + 0.5, 1.0)])
        return Mark((stroke,), Pen(0.1, 1), tag=Tag(label, printed=True, row=0, number=number))

    written = [mark(1, None, 0), mark(2, None, 1), mark(3, 7, 2), mark(4.8, None, 1), mark(5, 7, 2)]
    rule = Mark((np.array([(0.0, 1.0), (9.0, 1.0)]),), Pen(0.1, 1))

    assert trimmed(Scene([], [*written, rule], 5, 5)).written == [written[0], written[2], rule]


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"blank"}))
def test_numbers_of_a_row_follow_each_other_from_left_to_right(kind, digits):
    """A space parts numbers, so none may begin within another one of its row."""
    rows = {}
    for glyph in page(kind, digits, 7).glyphs:
        if glyph.row >= 0:
            rows.setdefault(glyph.row, []).append(glyph)

    for glyphs in rows.values():
        ordered = sorted(glyphs, key=lambda glyph: glyph.box[0] + glyph.box[2] / 2)
        numbers = [glyph.number for glyph in ordered]
        assert sum(after < before for before, after in pairwise(numbers)) <= len(numbers) // 8


@pytest.mark.parametrize("write_text", [write, print_text])
def test_letters_and_signs_part_the_numbers_of_a_word_and_points_do_not(write_text, digits):
    desk = set_desk(np.random.default_rng(0), digits, (40, 10))
    marks = write_text(desk, "12/05a7 3.5,6", Line(1, 5, 0, number=3))
    numbers = [mark.tag.number for mark in marks if mark.tag.label is not None]
    assert numbers == [3, 3, 4, 4, 5, 6, 6, 6]


def test_few_crops_lie_on_their_side_and_have_no_digits_but_zeros_there(digits, monkeypatch):
    def crops(share):
        monkeypatch.setattr("mnistkit.reading.learning.made_page.SIDEWAYS", share)
        return [make_crop(np.random.default_rng(seed), digits, 128) for seed in range(12)]

    assert 0 < SIDEWAYS < 0.1
    for upright, lying in zip(crops(0.0), crops(1.0), strict=True):
        assert {glyph.label for glyph in lying.glyphs} <= {None, 0}
        turns = [np.rot90(upright.grey, quarters) for quarters in (1, 3)]
        assert any(np.array_equal(turn, lying.grey) for turn in turns)
        before = sum((g.box[2] > g.box[3]) for g in upright.glyphs)
        assert before == sum((g.box[3] > g.box[2]) for g in lying.glyphs)


def test_boxes_of_a_crop_on_its_side_are_where_its_ink_is(digits, monkeypatch):
    monkeypatch.setattr("mnistkit.reading.learning.made_page.SIDEWAYS", 0.0)
    upright = make_crop(np.random.default_rng(2), digits, 128)
    monkeypatch.setattr("mnistkit.reading.learning.made_page.SIDEWAYS", 1.0)
    lying = make_crop(np.random.default_rng(2), digits, 128)
    quarters = next(q for q in (1, 3) if np.array_equal(np.rot90(upright.grey, q), lying.grey))

    for before, after in zip(upright.glyphs, lying.glyphs, strict=True):
        left, top, width, height = map(round, before.box)
        inked = np.zeros((128, 128))
        inked[max(top, 0) : top + height, max(left, 0) : left + width] = 1
        left, top, width, height = map(round, after.box)
        expected = np.zeros((128, 128))
        expected[max(top, 0) : top + height, max(left, 0) : left + width] = 1
        assert np.abs(np.rot90(inked, quarters) - expected).mean() < 0.02


def test_text_left_out_of_a_bar_is_marked_and_lighter_than_the_bar(digits):
    source = np.random.default_rng(0)
    desk = set_desk(source, digits, (8, 3))
    marks = reversed_text(desk, "AB 80", Line(1, 2, 0), 7)
    cover = np.zeros((120, 320), np.uint8)
    boxes = draw(marks, View(np.diag([40.0, 40.0, 1.0])), cover, source)

    assert [mark.tag.label for mark in marks[1:]] == [None, None, 8, 0]
    for left, top, width, height in (map(round, box) for box in boxes[1:]):
        letter = cover[top : top + height, left : left + width]
        assert letter.min() == 0
        assert cover[top - 3, left : left + width].min() > 100


def test_nearly_all_digits_of_crops_have_contrast(digits):
    spreads = []
    for seed in range(60):
        made = make_crop(np.random.default_rng(seed), digits, 128)
        soft = ndimage.gaussian_filter(made.grey.astype(float), 1)
        for glyph in made.glyphs:
            left, top, width, height = map(round, glyph.box)
            if left >= 0 and top >= 0 and glyph.label is not None:
                spreads.append(np.ptp(soft[top : top + height + 1, left : left + width + 1]))

    assert np.percentile(spreads, 3) > 15
