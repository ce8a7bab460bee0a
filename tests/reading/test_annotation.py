"""What was read is drawn on the page, and the rest of it stays."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from mnistkit.reading.annotation import annotate
from mnistkit.reading.page import Digit, Line


def line(*boxes):
    digits = tuple(Digit(str(number % 10), 0.9, box) for number, box in enumerate(boxes))
    return Line("".join(digit.label for digit in digits), digits)


LINES = [
    line((60, 80, 30, 50), (110, 82, 12, 47)),
    line((300, 220, 40, 60)),
]
AT_THE_BORDER = [line((0, 0, 20, 30), (380, 270, 20, 30)), line((0, 270, 25, 30), (375, 0, 25, 40))]


@pytest.fixture
def picture():
    return np.random.default_rng(0).integers(100, 200, (300, 400)).astype(np.uint8)


def in_grey(picture):
    return np.repeat(picture[..., None], 3, axis=2)


def changes(picture, lines):
    return (annotate(picture, lines) != in_grey(picture)).any(axis=2)


def test_an_annotated_page_is_in_colour_and_of_the_same_size(picture):
    drawn = annotate(picture, LINES)
    assert drawn.dtype == np.uint8
    assert drawn.shape == (300, 400, 3)
    assert np.ptp(drawn, axis=2).max() > 100


def test_a_page_without_digits_stays_grey(picture):
    np.testing.assert_array_equal(annotate(picture, []), in_grey(picture))


@pytest.mark.parametrize("lines", [LINES, AT_THE_BORDER], ids=["amid", "at the border"])
def test_only_boxes_and_labels_are_drawn(picture, lines):
    near, inside = np.zeros((2, *picture.shape), bool)
    for x, y, width, height in (digit.box for line in lines for digit in line.digits):
        near[max(y - height, 0) : y + height + 5, max(x - 5, 0) : x + width + height] = True
        # The ink stays to be seen; a label at the top of the picture covers more of it.
        inside[y + 3 * height // 4 : y + height - 3, x + 3 : x + width - 3] = True
    changed = changes(picture, lines)
    assert not changed[~near].any()
    assert not changed[inside].any()


def test_every_digit_has_a_box_around_it(picture):
    outlines = changes(picture, LINES)
    holes = ndimage.binary_fill_holes(outlines) & ~outlines
    for x, y, width, height in (digit.box for line in LINES for digit in line.digits):
        assert holes[y + height // 2, x + width // 2]


def test_labels_differ(picture):
    box = (100, 100, 30, 50)
    drawn = [annotate(picture, [Line(label, (Digit(label, 0.9, box),))]) for label in "38"]
    assert not np.array_equal(*drawn)


def test_the_page_itself_stays_as_it_is(picture):
    before = picture.copy()
    picture.flags.writeable = False
    annotate(picture, LINES)
    np.testing.assert_array_equal(picture, before)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (3000, 20)])
def test_a_picture_of_any_size_is_annotated(shape):
    assert annotate(np.zeros(shape, np.uint8), [line((0, 0, 1, 1))]).shape == (*shape, 3)
