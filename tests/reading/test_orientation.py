"""Which way up a page is shows in its digits."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
from pages import make_page
from sheets import write_sheet

from mnistkit.reading.orientation import find_turn
from mnistkit.reading.page import first_look
from mnistkit.reading.views import views

# By seed and number: a page of many digits on little paper, and a strip on a dark table.
MADE, STRIP = (1, 5), (1, 3)


def turn_of(classifier, picture):
    return find_turn(classifier, first_look(classifier, next(views(picture))))


def photograph(sample, made):
    page = make_page(sample.images, sample.class_indices, made)
    return cv2.cvtColor(page.picture, cv2.COLOR_RGB2GRAY)


@pytest.fixture(scope="module")
def photo(sample):
    return photograph(sample, MADE)


@pytest.fixture(scope="module")
def plain(digits):
    return write_sheet(digits, ["31415 92653", "5897 9323", "846 26433"]).picture


@pytest.mark.parametrize("page", ["photo", "plain"])
@pytest.mark.parametrize("turns", range(4))
def test_a_page_is_turned_back(bundled, request, page, turns):
    # Counter-clockwise.
    picture = np.ascontiguousarray(np.rot90(request.getfixturevalue(page), turns))
    assert turn_of(bundled, picture) == 90 * turns


@pytest.mark.parametrize(
    "picture",
    [
        np.full((300, 400), 255, np.uint8),
        np.zeros((300, 400), np.uint8),
        np.random.default_rng(0).integers(0, 256, (300, 400)).astype(np.uint8),
        np.zeros((1, 1), np.uint8),
        np.tile(np.uint8([0, 255]), 1000)[None],
    ],
    ids=["white", "black", "noise", "a pixel", "a row"],
)
def test_a_page_without_digits_stays_as_it_is(bundled, picture):
    assert turn_of(bundled, picture) == 0


@pytest.mark.parametrize("text", ["0", "8", "1", "69 96"])
@pytest.mark.parametrize("turns", [0, 2])
def test_what_reads_both_ways_stays_as_it_is(bundled, digits, text, turns):
    picture = np.rot90(write_sheet(digits, [text]).picture, turns)
    assert turn_of(bundled, np.ascontiguousarray(picture)) == 0


@pytest.mark.parametrize("turns", [0, 1, 3])
def test_the_edges_of_a_sheet_are_no_digits_on_their_side(bundled, sample, turns):
    strip = np.rot90(photograph(sample, STRIP), turns)
    assert turn_of(bundled, np.ascontiguousarray(strip)) == 90 * turns
