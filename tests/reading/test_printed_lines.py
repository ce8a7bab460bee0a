"""Printed lines are left out, and the digits that stand on them are not."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from edit_distance import count_errors
from scipy import ndimage
from sheets import texts, write_sheet

from mnistkit.reading.page import read_page

WRITTEN = ["31415 92653", "846 26433"]
PEN = 60


@pytest.fixture(scope="module")
def sheet(digits):
    return write_sheet(digits, WRITTEN).picture


def ruled(picture, pitch, light, degrees=0.0, across=(False,)):
    """Darken lines of two pixels; where there is ink, it stays."""
    rows, columns = np.indices(picture.shape)
    cosine, sine = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    lines = np.zeros(picture.shape, bool)
    for upright in across:
        place = rows * sine + columns * cosine if upright else rows * cosine - columns * sine
        lines |= place % pitch < 2
    return np.where(lines & (picture > 120), picture * light, picture).astype(np.uint8)


@pytest.mark.parametrize("degrees", [0, 2, -4])
@pytest.mark.parametrize("light", [0.8, 0.6], ids=["faint", "strong"])
@pytest.mark.parametrize("across", [(False,), (False, True)], ids=["ruled", "squared"])
def test_printed_lines_are_left_out(bundled, sheet, degrees, light, across):
    picture = ruled(sheet, 45, light, degrees, across)
    assert texts(read_page(bundled, picture)) == WRITTEN


@pytest.mark.parametrize("degrees", [0, 1, -2])
def test_a_thin_pencil_on_printed_lines_is_read(bundled, sheet, degrees):
    pencil = 110 + 0.5 * ndimage.grey_dilation(sheet, (3, 3))
    lines = read_page(bundled, ruled(pencil, 40, 0.75, degrees))
    assert count_errors(WRITTEN, texts(lines)) <= 2


@pytest.mark.parametrize("across", [(False,), (False, True)], ids=["ruled", "squared"])
def test_lines_alone_are_no_digits(bundled, across):
    paper = np.full((600, 800), 235, np.uint8)
    assert read_page(bundled, ruled(paper, 40, 0.6, 1, across)) == []


def test_a_frame_is_left_out(bundled, sheet):
    picture = sheet.copy()
    height, width = picture.shape
    cv2.rectangle(picture, (20, 20), (width - 20, height - 20), PEN, 4)
    assert texts(read_page(bundled, picture)) == WRITTEN


def test_what_is_underlined_is_read(bundled, sheet):
    picture = sheet.copy()
    cv2.line(picture, (50, 142), (sheet.shape[1] - 50, 138), PEN, 4)
    assert texts(read_page(bundled, picture)) == WRITTEN
