"""Pages are answered one by one, in order, upright."""

from __future__ import annotations

import io

import numpy as np
import pytest
from as_files import encoded
from edit_distance import count_errors
from PIL import Image
from sheets import texts, write_sheet

from mnistkit.core.preprocessing.decoding import ORIENTATION, Photo, read_photo
from mnistkit.errors import PictureError
from mnistkit.prediction.sources import PictureSource
from mnistkit.reading.pages import read_pages, turn_upright

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
    return read_photo(io.BytesIO(encoded(np.rot90(picture, turns), exif=exif)))


def upright(reader, photo, turn="auto"):
    return turn_upright(reader, photo, turn).picture


def damaged():
    raise PictureError("it is damaged")


def test_pages_are_answered_in_their_order_and_errors_are_answers(reader, picture):
    sources = [
        PictureSource("first", lambda: photo(picture)),
        PictureSource("broken", damaged),
        PictureSource("blank", lambda: Photo(np.full((200, 300), 255, np.uint8), None)),
        PictureSource("last", lambda: photo(255 - picture[:150])),
    ]
    first, broken, blank, last = read_pages(reader, sources, "auto")
    assert [page.source for page in (first, broken, blank, last)] == [
        source.name for source in sources
    ]
    assert count_errors(WRITTEN, texts(first.lines)) <= 2
    assert first.error is None
    assert (broken.error, broken.picture, broken.lines) == ("it is damaged", None, ())
    assert (blank.error, blank.lines) == (None, ())
    assert count_errors(WRITTEN[:1], texts(last.lines)) <= 1


def test_a_page_is_answered_before_the_next_is_opened(reader):
    def sources():
        yield PictureSource("first", lambda: Photo(np.full((20, 30), 255, np.uint8), None))
        raise AssertionError("nobody asked for a second page")

    assert next(read_pages(reader, sources(), "auto")).source == "first"


def test_an_answer_has_the_picture_as_it_was_read(reader, picture):
    (page,) = read_pages(reader, [PictureSource("turned", lambda: photo(picture, 1))], "90")
    np.testing.assert_array_equal(page.picture, picture)
    assert (page.rotated, page.colours) == (90, None)
    for digit in (digit for line in page.lines for digit in line.digits):
        x, y, width, height = digit.box
        assert picture[y : y + height, x : x + width].min() < 100


@pytest.mark.parametrize("turn", ["auto", "180"])
def test_colours_are_turned_as_the_picture_is(reader, picture, turn):
    colours = np.stack([picture, 255 - picture, picture // 2], axis=-1)
    stored = Photo(np.rot90(picture, 2).copy(), None, np.rot90(colours, 2).copy())
    (page,) = read_pages(reader, [PictureSource("", lambda: stored)], turn)
    assert page.rotated == 180
    np.testing.assert_array_equal(page.colours, colours)


@pytest.mark.parametrize("orientation", STORED)
def test_exif_is_obeyed(reader, picture, orientation):
    stored = photo(picture, STORED[orientation], orientation)
    np.testing.assert_array_equal(upright(reader, stored), picture)


@pytest.mark.parametrize("orientation", STORED)
def test_exif_is_obeyed_where_no_digit_says_other(reader, orientation):
    blank = np.linspace(200, 250, 200 * 300).reshape(200, 300).astype(np.uint8)
    stored = photo(blank, STORED[orientation], orientation)
    np.testing.assert_array_equal(upright(reader, stored), blank)


@pytest.mark.parametrize(("turns", "orientation"), [(2, 1), (0, 6), (1, 8)])
def test_exif_is_distrusted_where_the_digits_clearly_say_other(reader, picture, turns, orientation):
    stored = photo(picture, turns, orientation)
    (page,) = read_pages(reader, [PictureSource("", lambda: stored)], "auto")
    np.testing.assert_array_equal(page.picture, picture)
    # Of the stored picture, whatever EXIF says.
    assert page.rotated == 90 * turns


def test_exif_is_obeyed_where_its_digits_read_both_ways(reader, digits):
    sixes = write_sheet(digits, ["66 666", "66 666"]).picture
    np.testing.assert_array_equal(upright(reader, photo(sixes, 2, 1)), sixes[::-1, ::-1])


@pytest.mark.parametrize("turns", range(4))
def test_where_exif_is_silent_the_digits_show_what_is_up(reader, picture, turns):
    np.testing.assert_array_equal(upright(reader, photo(picture, turns)), picture)


@pytest.mark.parametrize("orientation", [None, 6])
@pytest.mark.parametrize("turns", range(4))
def test_a_given_turn_is_clockwise_and_takes_the_place_of_exif(reader, picture, turns, orientation):
    stored = photo(picture, turns, orientation)
    np.testing.assert_array_equal(upright(reader, stored, str(90 * turns)), picture)
