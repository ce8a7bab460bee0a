"""What is no sheet is left out: a dark table at any side, a blot, a thumb."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from sheets import texts, write_sheet

from mnistkit.reading.page import read_page

WRITTEN = ["31415 92653", "846 26433"]
TABLE = 45
SIDES = {
    "left": ((0, 0), (140, 0)),
    "top": ((140, 0), (0, 0)),
    "right": ((0, 0), (0, 140)),
    "bottom": ((0, 140), (0, 0)),
    "all around": ((120, 120), (120, 120)),
}


@pytest.fixture(scope="module")
def sheet(digits):
    return write_sheet(digits, WRITTEN).picture


@pytest.mark.parametrize("side", SIDES)
def test_a_table_beside_the_sheet_is_left_out(bundled, sheet, side):
    random = np.random.default_rng(0)
    picture = np.pad(sheet, SIDES[side], constant_values=TABLE)
    table = picture == TABLE
    picture[table] += random.integers(0, 20, np.count_nonzero(table)).astype(np.uint8)
    assert texts(read_page(bundled, picture)) == WRITTEN


@pytest.mark.parametrize("slope", [-0.08, 0.08])
def test_a_table_may_be_aslant(bundled, sheet, slope):
    picture = np.pad(sheet, ((0, 0), (0, 60)), mode="edge")
    rows, columns = np.indices(picture.shape)
    picture[columns - slope * (rows - 170) > sheet.shape[1]] = TABLE
    assert texts(read_page(bundled, picture)) == WRITTEN


def test_a_blot_is_left_out(bundled, sheet):
    picture = np.pad(sheet, ((0, 150), (0, 0)), mode="edge")
    cv2.circle(picture, (300, len(picture) - 95), 75, 60, cv2.FILLED)
    assert texts(read_page(bundled, picture)) == WRITTEN


def test_a_thumb_at_the_edge_is_left_out(bundled, sheet):
    picture = np.pad(sheet, ((0, 90), (0, 0)), mode="edge")
    cv2.ellipse(picture, (300, len(picture)), (70, 80), 0, 0, 360, 120, cv2.FILLED)
    assert texts(read_page(bundled, picture)) == WRITTEN
