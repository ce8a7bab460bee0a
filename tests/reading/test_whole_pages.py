"""Whole pages are read: all digits, in order, where they are."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from conditions import enlarged
from edit_distance import count_errors
from pages import make_page
from sheets import on_paper, overlap, texts, write_sheet

import mnistkit

pytestmark = pytest.mark.thorough

SEED, COUNT = 1, 10
WRITTEN = ("31415 92653", "5897 9323", "846 26433", "83279 50288")


def grey(picture):
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)


@pytest.fixture(scope="module")
def pages(sample):
    """Pages like photos: pens, papers and light of all kinds, some digits touching."""
    return [
        make_page(sample.images, sample.class_indices, (SEED, number)) for number in range(COUNT)
    ]


@pytest.fixture(scope="module")
def answers(pages):
    return [mnistkit.read(page.picture) for page in pages]


@pytest.fixture(scope="module")
def sheet(digits):
    return write_sheet(digits, WRITTEN)


def test_nearly_all_digits_of_pages_are_right(pages, answers):
    count = sum(len("".join(line.split())) for page in pages for line in page.lines)
    wrong = sum(
        count_errors(page.lines, texts(lines)) for page, lines in zip(pages, answers, strict=True)
    )
    assert wrong <= 0.05 * count


def test_nearly_all_spaces_of_pages_are_right(pages, answers):
    pairs = zip(pages, answers, strict=True)
    same = [line in texts(lines) for page, lines in pairs for line in page.lines]
    assert np.mean(same) > 0.8


def test_boxes_are_inside_the_picture_and_around_ink(pages, answers):
    darker = []
    for page, lines in zip(pages, answers, strict=True):
        picture = grey(page.picture)
        height, width = picture.shape
        for line in lines:
            for digit in line.digits:
                x, y, w, h = digit.box
                assert 0 <= x < x + w <= width
                assert 0 <= y < y + h <= height
                # What surrounds it may be a neighbour; most of it is paper.
                margin = h // 4
                around = picture[
                    max(y - margin, 0) : y + h + margin, max(x - margin, 0) : x + w + margin
                ]
                inside = picture[y : y + h, x : x + w]
                darker.append(inside.mean() < np.median(around))
    assert np.mean(darker) > 0.98


def test_a_line_tells_its_digits_from_left_to_right(answers):
    for line in (line for lines in answers for line in lines):
        assert line.text.replace(" ", "") == "".join(digit.label or "?" for digit in line.digits)
        assert line.text == " ".join(line.text.split())
        assert all(0.1 <= digit.confidence <= 1 for digit in line.digits if digit.label)
        assert {digit.label for digit in line.digits if digit.label} <= set("0123456789")
        middles = [digit.box[0] + digit.box[2] / 2 for digit in line.digits]
        assert middles == sorted(middles)


def test_columns_are_read_line_by_line_with_spaces_between(sheet):
    assert texts(mnistkit.read(sheet.picture)) == list(WRITTEN)


def test_boxes_are_where_the_digits_are(sheet):
    for line, places in zip(mnistkit.read(sheet.picture), sheet.boxes, strict=True):
        for digit, place in zip(line.digits, places, strict=True):
            assert overlap(digit.box, place) > 0.6


@pytest.mark.parametrize("factor", [0.35, 0.6, 2, 4])
def test_digits_are_found_at_any_size(sheet, factor):
    way = cv2.INTER_AREA if factor < 1 else cv2.INTER_CUBIC
    picture = cv2.resize(sheet.picture, None, fx=factor, fy=factor, interpolation=way)
    lines = mnistkit.read(picture)
    assert texts(lines) == list(WRITTEN)
    x, y, width, height = np.divide(lines[0].digits[0].box, factor)
    assert overlap((x, y, width, height), sheet.boxes[0][0]) > 0.6


def test_the_same_page_is_read_the_same_and_left_alone(sheet):
    picture = sheet.picture.copy()
    picture.flags.writeable = False
    assert mnistkit.read(picture) == mnistkit.read(picture)


def test_a_view_is_read_like_a_copy(sheet):
    turned = np.ascontiguousarray(np.rot90(sheet.picture))
    assert texts(mnistkit.read(np.rot90(turned, -1))) == list(WRITTEN)


def test_light_ink_on_dark_paper_is_read_alike(sheet):
    assert texts(mnistkit.read(255 - sheet.picture)) == list(WRITTEN)


@pytest.mark.sampled(5)
@pytest.mark.parametrize("label", "0123456789")
def test_a_digit_alone_on_a_page_is_read(digits, label):
    glyph = enlarged(digits[label][0], 4)
    ink = np.zeros((600, 450), np.uint8)
    ink[250 : 250 + glyph.shape[0], 200 : 200 + glyph.shape[1]] = glyph
    assert texts(mnistkit.read(on_paper(ink))) == [label]
