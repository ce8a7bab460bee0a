"""What was read is drawn on the page, and the rest of it stays."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from mnistkit.reading.annotation import BLUE, ORANGE, VERMILION, annotate
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
    return np.random.default_rng(0).integers(100, 200, (300, 400, 3)).astype(np.uint8)


def changes(picture, lines):
    return (annotate(picture, lines, 0) != picture).any(axis=2)


def test_an_annotated_page_is_of_the_same_size(picture):
    drawn = annotate(picture, LINES, 0)
    assert drawn.dtype == np.uint8
    assert drawn.shape == (300, 400, 3)


def test_a_page_without_digits_stays_as_it_is(picture):
    np.testing.assert_array_equal(annotate(picture, [], 0), picture)


@pytest.mark.parametrize("lines", [LINES, AT_THE_BORDER], ids=["amid", "at the border"])
def test_only_boxes_and_labels_are_drawn(picture, lines):
    near, inside = np.zeros((2, *picture.shape[:2]), bool)
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
    drawn = [annotate(picture, [Line(label, (Digit(label, 0.9, box),))], 0) for label in "38"]
    assert not np.array_equal(*drawn)


def test_the_page_itself_stays_as_it_is(picture):
    before = picture.copy()
    picture.flags.writeable = False
    annotate(picture, LINES, 0)
    np.testing.assert_array_equal(picture, before)


@pytest.mark.parametrize("shape", [(1, 1), (1, 50), (3000, 20)])
def test_a_picture_of_any_size_is_annotated(shape):
    assert annotate(np.zeros((*shape, 3), np.uint8), [line((0, 0, 1, 1))], 0).shape == (*shape, 3)


def drawn_alone(confidence, min_confidence=0.0, label="8", grey=0):
    page = np.full((200, 200, 3), grey, np.uint8)
    line = Line(label, (Digit(label, confidence, (60, 80, 60, 90)),))
    return annotate(page, [line], min_confidence)


def test_boxes_are_coloured_by_confidence():
    colours = {tuple(drawn_alone(confidence)[170, 90]) for confidence in (0.3, 0.6, 0.85, 0.97, 1)}
    assert colours == {BLUE, ORANGE, VERMILION}


@pytest.mark.parametrize("confidence", [0.5, 0.9, 0.99])
@pytest.mark.parametrize("grey", [0, 128, 255])
def test_a_box_is_seen_on_every_ground(confidence, grey):
    edge = drawn_alone(confidence, grey=grey)[160:180, 90].astype(int)
    assert np.ptp(edge @ (299, 587, 114) / 1000) > 90


def test_an_unsure_digit_is_a_question_mark():
    unsure = drawn_alone(0.6, 0.7)
    np.testing.assert_array_equal(unsure, drawn_alone(0.6, label="?"))
    assert not np.array_equal(unsure, drawn_alone(0.6))
