"""Light ink on dark paper is read like dark ink on light paper."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from edit_distance import count_errors
from pages import make_page
from sheets import texts, write_sheet

from mnistkit.reading.orientation import find_turn
from mnistkit.reading.page import first_look, read_page
from mnistkit.reading.views import views

WRITTEN = ["31415 92653", "5897 9323", "846 26433"]
# Pages with many digits on little paper.
SEED, NUMBERS = 1, (0, 5, 9)


def turn_of(classifier, picture):
    return find_turn(classifier, first_look(classifier, next(views(picture))))


@pytest.fixture(scope="module")
def sheet(digits):
    return write_sheet(digits, WRITTEN).picture


@pytest.mark.parametrize("chalk", [255, 150], ids=["bright", "dim"])
def test_chalk_on_a_board_is_read(bundled, sheet, chalk):
    board = np.clip((255.0 - sheet) * chalk / 255 - 10, 0, 255).astype(np.uint8)
    assert texts(read_page(bundled, board)) == WRITTEN


@pytest.mark.parametrize("number", NUMBERS)
def test_a_page_in_negative_is_read(bundled, sample, number):
    page = make_page(sample.images, sample.class_indices, (SEED, number))
    negative = 255 - cv2.cvtColor(page.picture, cv2.COLOR_RGB2GRAY)
    count = sum(len("".join(line.split())) for line in page.lines)
    assert count_errors(page.lines, texts(read_page(bundled, negative))) <= 0.1 * count


def test_boxes_are_the_same_in_negative(bundled, sheet):
    pairs = zip(read_page(bundled, sheet), read_page(bundled, 255 - sheet), strict=True)
    for one, other in pairs:
        boxes = [[digit.box for digit in line.digits] for line in (one, other)]
        np.testing.assert_allclose(*boxes, atol=4)


@pytest.mark.parametrize("turns", range(4))
def test_a_negative_is_turned_back(bundled, sheet, turns):
    assert turn_of(bundled, np.ascontiguousarray(255 - np.rot90(sheet, turns))) == 90 * turns
