"""Pages are answered one by one, in order, upright."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from sheets import texts, write_sheet

from mnistkit.core.preprocessing.decoding import ORIENTATION, Photo, read_photo
from mnistkit.errors import PictureError, UsageError
from mnistkit.prediction.sources import PictureSource
from mnistkit.reading.pages import read_pages, upright

WRITTEN = ["31415 92653", "5897 9323", "846 26433"]
# By EXIF's tag: how an upright picture is stored, in quarter turns counter-clockwise.
STORED = {1: 0, 3: 2, 6: 1, 8: 3}


@pytest.fixture(scope="module")
def picture(digits):
    return write_sheet(digits, WRITTEN).picture


def photo(picture, turns=0, orientation=None):
    """As a camera stores it, and its viewer decodes it."""
    exif = Image.Exif()
    if orientation is not None:
        exif[ORIENTATION] = orientation
    stream = io.BytesIO()
    Image.fromarray(np.rot90(picture, turns)).save(stream, "PNG", exif=exif)
    stream.seek(0)
    return read_photo(stream)


def damaged():
    raise PictureError("it is damaged")


def test_pages_are_answered_in_their_order_and_errors_are_answers(bundled, picture):
    sources = [
        PictureSource("first", lambda: photo(picture)),
        PictureSource("broken", damaged),
        PictureSource("blank", lambda: Photo(np.full((200, 300), 255, np.uint8), None)),
        PictureSource("last", lambda: photo(255 - picture[:150])),
    ]
    first, broken, blank, last = read_pages(bundled, sources, "auto")
    assert [page.source for page in (first, broken, blank, last)] == [
        source.name for source in sources
    ]
    assert texts(first.lines) == WRITTEN
    assert first.error is None
    assert (broken.error, broken.picture, broken.lines) == ("it is damaged", None, ())
    assert (blank.error, blank.lines) == (None, ())
    assert texts(last.lines) == WRITTEN[:1]


def test_a_page_is_answered_before_the_next_is_opened(bundled):
    def sources():
        yield PictureSource("first", lambda: Photo(np.full((20, 30), 255, np.uint8), None))
        raise AssertionError("nobody asked for a second page")

    assert next(read_pages(bundled, sources(), "auto")).source == "first"


def test_an_answer_has_the_picture_as_it_was_read(bundled, picture):
    (page,) = read_pages(bundled, [PictureSource("turned", lambda: photo(picture, 1))], "90")
    np.testing.assert_array_equal(page.picture, picture)
    for digit in (digit for line in page.lines for digit in line.digits):
        x, y, width, height = digit.box
        assert picture[y : y + height, x : x + width].min() < 100


@pytest.mark.parametrize("orientation", STORED)
def test_exif_is_obeyed(bundled, picture, orientation):
    stored = photo(picture, STORED[orientation], orientation)
    np.testing.assert_array_equal(upright(bundled, stored, "auto")[0], picture)


def test_exif_is_obeyed_even_where_the_digits_say_otherwise(bundled, picture):
    np.testing.assert_array_equal(
        upright(bundled, photo(picture, 2, 1), "auto")[0][::-1, ::-1], picture
    )


@pytest.mark.parametrize("turns", range(4))
def test_where_exif_is_silent_the_digits_show_what_is_up(bundled, picture, turns):
    np.testing.assert_array_equal(upright(bundled, photo(picture, turns), "auto")[0], picture)


@pytest.mark.parametrize("orientation", [None, 1, 6])
@pytest.mark.parametrize("turns", range(4))
def test_a_given_turn_is_clockwise_and_takes_the_place_of_exif(
    bundled, picture, turns, orientation
):
    stored = photo(picture, turns, orientation)
    np.testing.assert_array_equal(upright(bundled, stored, str(90 * turns))[0], picture)


@pytest.mark.parametrize(
    "changes",
    [
        {"class_names": tuple("ABCDEFGHIJ")},
        {"preparation": "object"},
        {"class_names": tuple(map(str, range(1000)))},
    ],
)
def test_a_model_that_is_none_of_digits_is_refused_before_a_page_is_read(bundled, changes):
    other = replace(bundled, card=replace(bundled.card, **changes))
    with pytest.raises(UsageError, match="expected a model of digits") as refusal:
        next(read_pages(other, [], "auto"))
    assert len(str(refusal.value)) < 250
