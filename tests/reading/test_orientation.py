"""Which way up a page is shows in its digits."""

from __future__ import annotations

import numpy as np
import pytest
from sheets import print_letters, write_sheet

from mnistkit.reading.looks import first_looks
from mnistkit.reading.orientation import find_turn, turned

pytestmark = pytest.mark.thorough

WRITTEN = ["31415 92653", "5897 9323", "846 26433"]


def turn_of(reader, picture):
    return find_turn(reader, picture, first_looks(reader, picture))[0]


@pytest.fixture(scope="module")
def sheet(digits):
    return write_sheet(digits, WRITTEN).picture


@pytest.mark.sampled(3)
@pytest.mark.parametrize("light", [False, True], ids=["dark ink", "light ink"])
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_a_page_is_turned_back(reader, sheet, degrees, light):
    picture = turned(255 - sheet if light else sheet, -degrees)
    assert turn_of(reader, picture) == degrees


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
def test_a_page_without_digits_stays_as_it_is(reader, picture):
    assert turn_of(reader, picture) == 0


@pytest.mark.parametrize("font", ["DejaVuSans", "DejaVuSansMono-Oblique", "STIXGeneral"])
def test_text_stays_as_it_is_though_its_letters_look_like_digits_upside_down(reader, font):
    assert turn_of(reader, print_letters(font)) == 0


@pytest.mark.parametrize("text", ["8", "69 96"])
@pytest.mark.parametrize("degrees", [0, 180])
def test_what_reads_both_ways_stays_as_it_is(reader, digits, text, degrees):
    # A six of this hand upside down is a nine, so that both ways are the same digits.
    both = digits | {"9": [turned(six, 180) for six in digits["6"]]}
    picture = turned(write_sheet(both, [text]).picture, degrees)
    assert turn_of(reader, picture) == 0


def test_a_page_of_nines_upside_down_is_one_of_sixes(reader, digits):
    for text in ("99 999", "66 666"):
        assert turn_of(reader, write_sheet(digits, [text, text]).picture) == 0


@pytest.mark.parametrize("degrees", [0, 90, 180, 270, 360, -90])
def test_pictures_are_turned_clockwise(degrees):
    picture = np.arange(24, dtype=np.uint8).reshape(2, 4, 3)
    for given in (picture, picture[..., 0]):
        assert np.array_equal(turned(given, degrees), np.rot90(given, -degrees // 90))
        assert turned(given, degrees).flags.c_contiguous
