"""Lines across a picture are found, and strokes are not taken for lines."""

import numpy as np
import pytest

from mnistkit.core.preprocessing.rulings import find_rulings

SIDE = 150


def blank():
    return np.zeros((SIDE, SIDE), bool)


def slanted(mask, first, fall, thickness=2):
    """Draw a line from the left to the right border."""
    for column in range(SIDE):
        row = first + column * fall // SIDE
        mask[row : row + thickness, column] = True
    return mask


@pytest.mark.parametrize("fall", [0, 4, 9])
@pytest.mark.parametrize("turned", [False, True], ids=["level", "upright"])
def test_a_line_across_the_picture_is_found(fall, turned):
    lines = slanted(blank(), 40, fall)
    mask = lines.T if turned else lines
    np.testing.assert_array_equal(find_rulings(mask), mask)


def test_a_dotted_line_is_found():
    mask = blank()
    mask[70, ::3] = True
    np.testing.assert_array_equal(find_rulings(mask), mask)


@pytest.mark.parametrize("squared", [False, True], ids=["ruled", "squared"])
def test_a_stroke_that_crosses_lines_stays_whole(squared):
    lines, stroke = slanted(slanted(blank(), 30, 3), 90, 3), blank()
    if squared:
        lines |= slanted(slanted(blank(), 20, 3), 100, 3).T
    stroke[20:120, 60:68] = True
    found = find_rulings(lines | stroke)
    assert not (found & stroke).any()
    assert (found | stroke)[lines].all()


@pytest.mark.parametrize("margin", [6, 20])
def test_a_straight_stroke_that_ends_before_the_border_is_no_line(margin):
    mask = blank()
    mask[60:64, margin:-margin] = True
    mask[20:130, 100:104] = True
    assert not find_rulings(mask).any()


def test_the_strokes_of_a_four_that_is_cropped_closely_are_no_lines():
    mask = blank()
    mask[90:94] = True
    mask[:, 110:114] = True
    mask[np.arange(95), 110 - np.arange(95)] = True
    assert not find_rulings(mask).any()


def test_a_thick_stroke_across_the_picture_is_no_line():
    mask = blank()
    mask[60:80] = True
    assert not find_rulings(mask).any()


def test_a_line_is_one_though_specks_apart_from_it_lie_on_the_other_sides():
    lines = slanted(blank(), 40, 4)
    specks = blank()
    specks[:5, 60:65] = specks[-5:, 60:65] = True
    np.testing.assert_array_equal(find_rulings(lines | specks), lines)


@pytest.mark.parametrize("turns", [0, 2], ids=["above", "below"])
def test_a_line_is_one_though_a_stroke_joins_it_with_another_side(turns):
    mask = slanted(blank(), 60, 0)
    mask[:60, 70:76] = True
    found = find_rulings(np.rot90(mask, turns))
    assert np.rot90(found, -turns)[60:62, :60].all()
    assert not np.rot90(found, -turns)[:55].any()
