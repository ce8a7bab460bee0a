"""A page is looked at in the size that suits its digits, and each mark is told once."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from detected import found, row, together
from edit_distance import count_errors
from sheets import overlap, texts, write_sheet

import mnistkit
from mnistkit.reading.looks import BEST_HEIGHT, Look, first_looks, marks_of

WRITTEN = ("31415 92653", "5897 9323", "846 26433")
DIGITS = sum(len(line.replace(" ", "")) for line in WRITTEN)


@pytest.fixture(scope="module")
def sheet(digits):
    return write_sheet(digits, WRITTEN)


def resized(picture, factor):
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=way))


@pytest.mark.parametrize("factor", [0.35, 0.6, 1, 2, 4])
def test_digits_of_any_size_are_read_where_they_are(sheet, factor):
    lines = mnistkit.read(resized(sheet.picture, factor), rotate=0)
    assert count_errors(WRITTEN, texts(lines)) <= 0.12 * DIGITS
    read = [np.divide(digit.box, factor) for line in lines for digit in line.digits]
    written = [box for boxes in sheet.boxes for box in boxes]
    near = [max(overlap(box, other) for other in written) for box in read]
    assert np.mean(np.array(near) > 0.5) > 0.9


@pytest.mark.parametrize("factor", [0.35, 1, 4])
def test_the_scale_that_is_chosen_suits_the_digits(reader, sheet, factor):
    looks = first_looks(reader, resized(sheet.picture, factor))
    usual = float(np.median([box[3] for boxes in sheet.boxes for box in boxes]))
    assert looks[0].best_scale() * usual * factor == pytest.approx(BEST_HEIGHT, rel=0.3)


def test_few_digits_that_fill_a_picture_are_read(digits):
    right = []
    for text in ("0", "3", "8", "35", "3527"):
        picture = resized(write_sheet(digits, [text]).picture[20:-70, 20:-100], 3)
        right.append(texts(mnistkit.read(picture, rotate=0)) == [text])
    assert sum(right) >= 4


def test_marks_of_very_different_sizes_are_each_found_once(reader, digits):
    """A large number above rows of small ones."""
    large = resized(write_sheet(digits, ["4 7"]).picture, 3)
    small = resized(write_sheet(digits, WRITTEN).picture, 0.7)
    width = max(large.shape[1], small.shape[1])
    parts = [
        np.pad(part, ((0, 0), (0, width - part.shape[1])), mode="edge") for part in (large, small)
    ]
    page = np.concatenate(parts)
    marks = marks_of(reader, page, first_looks(reader, page))
    surely = marks.of(marks.is_digit & (marks.heat > 0.5))
    heights = surely.boxes[:, 3]
    assert np.count_nonzero(heights > 100) == 2
    assert np.count_nonzero(heights < 100) == pytest.approx(DIGITS, abs=2)


def test_the_best_scale_is_that_of_the_usual_digit():
    """Letters and marks that are not sure do not count."""
    marks = together(
        found("123456789", row("123456789")),
        found("ABCDEFGHIJKLMN", row("ABCDEFGHIJKLMN", y=300, size=0.4)),
        found("555555555555", row("555555555555", y=500, size=0.4), sure=0.2),
        found("7", row("7", y=700, size=3)),
    )
    # As if the page had been looked at in the size at which those digits are read best.
    scale = BEST_HEIGHT / marks.boxes[0, 3]
    assert Look(scale, marks).best_scale() == pytest.approx(scale)


def test_a_page_of_nothing_has_no_marks_in_its_own_scale(reader):
    page = np.full((300, 400), 230, np.uint8)
    looks = first_looks(reader, page)
    assert {look.evidence for look in looks} == {0}
    assert looks[0].best_scale() == looks[0].scale
    assert len(marks_of(reader, page, looks)) == 0


def test_the_page_stays_as_it_is(reader, sheet):
    page = sheet.picture.copy()
    page.flags.writeable = False
    first, second = (marks_of(reader, page, first_looks(reader, page)) for _ in range(2))
    assert all(np.array_equal(one, vars(second)[name]) for name, one in vars(first).items())
