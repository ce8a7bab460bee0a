"""A space stands where the gap is clearly wider than those inside of numbers."""

from __future__ import annotations

import numpy as np
import pytest

from mnistkit.reading.spaces import find_spaces

HEIGHT, WIDTH = 40, 24


def write(texts, gap=8, space=40, shaken=0.0, seed=0):
    """Return a box for each digit, and the rows of their positions.

    Args:
        texts: Of the rows; a space in it stands for a wide gap.
        gap: Between the digits of a number, in pixels; `space`: between numbers.
        shaken: How much gaps differ, as a share.
    """
    random = np.random.default_rng(seed)
    boxes, rows = [], []
    for number, text in enumerate(texts):
        x, row = 50.0, []
        for word in text.split():
            for _ in word:
                row.append(len(boxes))
                boxes.append((x, 70.0 * number, WIDTH, HEIGHT))
                x += WIDTH + gap * (1 + shaken * random.uniform(-1, 1))
            x += (space - gap) * (1 + shaken * random.uniform(-1, 1))
        rows.append(row)
    return np.array(boxes), rows


def spelled(texts, boxes, rows):
    """The digits of texts with the spaces that are found."""
    result = []
    for text, spaces in zip(texts, find_spaces(boxes, rows), strict=True):
        before = [False, *spaces]
        digits = text.replace(" ", "")
        result.append("".join(" " * s + d for s, d in zip(before, digits, strict=True)))
    return result


NUMBERS = ["12345", "67 890", "1 2 3", "4567 12 3 890"]


@pytest.mark.parametrize("gap", [-4, 0, 4, 10, 16])
def test_numbers_are_parted_by_spaces(gap):
    assert spelled(NUMBERS, *write(NUMBERS, gap, space=gap + 40)) == NUMBERS


@pytest.mark.parametrize("seed", range(5))
def test_gaps_may_be_uneven(seed):
    assert spelled(NUMBERS, *write(NUMBERS, 8, 44, shaken=0.35, seed=seed)) == NUMBERS


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("gap", [25, 45, 70])
def test_even_wide_gaps_are_all_spaces_or_none(gap, seed):
    """`6 6 6 6 6` and `666 6 6` do not come from one hand."""
    boxes, rows = write(["66666"] * 4, gap, shaken=0.25, seed=seed)
    for spaces in find_spaces(boxes, rows):
        assert len(set(spaces)) == 1


@pytest.mark.parametrize(("gap", "parted"), [(24, False), (90, True)])
def test_a_page_of_even_gaps_has_numbers_of_one_digit_where_they_are_wide(gap, parted):
    boxes, rows = write(["8218", "1964", "3071"], gap, shaken=0.25)
    assert find_spaces(boxes, rows) == [[parted] * 3] * 3


def test_wide_gaps_are_spaces_on_a_page_of_numbers():
    texts = ["6 6 6 6 6", "123 45", "6 6 6 6", "678 90"]
    assert spelled(texts, *write(texts, 6, 50, shaken=0.2)) == texts


def test_a_row_that_does_not_show_its_own_gap_follows_the_page():
    texts = ["1234 567 89", "5 7", "432 10", "57", "8 9"]
    assert spelled(texts, *write(texts, 8, 45)) == texts


@pytest.mark.parametrize("gap", [2, 6, 12])
def test_a_page_of_single_numbers_has_no_space(gap):
    texts = ["12345", "678", "90123", "4567"]
    assert spelled(texts, *write(texts, gap, shaken=0.4)) == texts


def test_a_row_may_be_written_wider_than_the_others():
    texts = ["1234 567 89"] * 4
    narrow, rows = write(texts, 4, 34)
    wide, _ = write(texts[:1], 18, 90)
    narrow[: len(wide)] = wide
    assert spelled(texts, narrow, rows) == texts


def test_a_narrow_digit_needs_no_space():
    boxes = np.array([(100.0, 0, 24, 40), (132, 0, 6, 40), (146, 0, 24, 40)])
    assert find_spaces(boxes, [[0, 1, 2]]) == [[False, False]]


@pytest.mark.parametrize("scale", [0.1, 0.5, 3, 100])
@pytest.mark.parametrize("seed", range(3))
def test_size_does_not_matter(scale, seed):
    random = np.random.default_rng(seed)
    boxes, rows = write(["123456789"] * 3, random.uniform(0, 20), shaken=1, seed=seed)
    assert find_spaces(scale * boxes, rows) == find_spaces(boxes, rows)


def test_place_does_not_matter():
    boxes, rows = write(NUMBERS, shaken=0.3)
    assert find_spaces(boxes + np.array([900, -500, 0, 0]), rows) == find_spaces(boxes, rows)


def test_a_lone_digit_has_no_space_before_it():
    boxes, rows = write(["1", "2"])
    assert find_spaces(boxes, rows) == [[], []]


def test_no_rows_have_no_spaces():
    assert find_spaces(np.empty((0, 4)), []) == []
