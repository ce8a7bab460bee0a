"""The prepared image depends on the strokes alone: not on paper, pen, margins, size or opacity."""

from __future__ import annotations

import numpy as np
from as_files import encoded
from hypothesis import assume, given, settings
from hypothesis import strategies as some
from PIL import Image, ImageDraw

from mnistkit.core.preprocessing.decoding import decode_photo
from mnistkit.core.preprocessing.isolation import extent
from mnistkit.core.preprocessing.preparation import (
    MIN_DETAIL,
    PREPARATIONS,
    WORKING_SIDE,
    prepare_digit,
)

# The same examples every time.
ALWAYS = settings(max_examples=60, deadline=None, derandomize=True, database=None)
LEAST_CONTRAST = 60
BORDER = 12
# Grey levels: the middle of a stroke's soft edge.
EDGE = 128


@some.composite
def strokes(draw, largest=WORKING_SIDE - 2 * BORDER):
    """Ink of a pen that never leaves the paper, uint8 (height, width), 255 where it is."""
    side = draw(some.integers(40, largest))
    places = some.tuples(*2 * [some.integers(0, side - 1)])
    points = draw(some.lists(places, min_size=2, max_size=5, unique=True))
    width = draw(some.integers(3, 9))
    image = Image.new("L", (side, side))
    ImageDraw.Draw(image).line(points, fill=255, width=width, joint="curve")
    return np.pad(np.asarray(image), BORDER)


@some.composite
def levels(draw):
    """The grey levels of a paper and of a pen that is seen on it."""
    paper = draw(some.integers(0, 255))
    pens = [pen for pen in range(256) if abs(pen - paper) >= LEAST_CONTRAST]
    return paper, draw(some.sampled_from(pens))


def longer_side(ink):
    return max(place.stop - place.start for place in extent(ink > 0))


def written(ink, paper=255, pen=0):
    return np.where(ink > 0, pen, paper).astype(np.uint8)


@ALWAYS
@given(strokes(), levels())
def test_inverting_a_picture_changes_nothing(ink, grey):
    picture = written(ink, *grey)
    for prepare in (PREPARATIONS["digit"], PREPARATIONS["character"]):
        np.testing.assert_array_equal(prepare(255 - picture), prepare(picture))


@ALWAYS
@given(strokes(), levels())
def test_paper_and_pen_change_nothing(ink, grey):
    np.testing.assert_array_equal(prepare_digit(written(ink, *grey)), prepare_digit(written(ink)))


@ALWAYS
@given(strokes(80), some.tuples(*4 * [some.integers(0, 20)]), levels())
def test_margins_change_nothing(ink, margins, grey):
    top, bottom, left, right = margins
    picture = written(ink, *grey)
    padded = np.pad(picture, ((top, bottom), (left, right)), constant_values=grey[0])
    np.testing.assert_array_equal(prepare_digit(padded), prepare_digit(picture))


@ALWAYS
@given(strokes(WORKING_SIDE - 2 * BORDER), some.integers(2, 6), levels())
def test_enlarging_changes_nothing_where_it_is_reduced_again(ink, factor, grey):
    # A smaller digit is cropped from the larger picture, which shows it in more detail.
    assume(longer_side(ink) >= MIN_DETAIL)
    side = WORKING_SIDE - len(ink)
    picture = np.pad(written(ink, *grey), ((0, side), (0, side)), constant_values=grey[0])
    larger = picture.repeat(factor, 0).repeat(factor, 1)
    np.testing.assert_array_equal(prepare_digit(larger), prepare_digit(picture))


@ALWAYS
@given(strokes(60), some.integers(2, 9), levels())
def test_enlarging_leaves_the_strokes_as_long_as_they_were(ink, factor, grey):
    picture = written(ink, *grey)
    image = prepare_digit(picture)
    larger = prepare_digit(picture.repeat(factor, 0).repeat(factor, 1))
    # Each end is soft.
    assert abs(longer_side(image >= EDGE) - longer_side(larger >= EDGE)) <= 2


@ALWAYS
@given(strokes(), some.sampled_from(["PNG", "TIFF", "WEBP"]), some.integers(0, 255))
def test_what_is_transparent_is_paper_whatever_its_colour(ink, form, colour):
    hidden = np.full(ink.shape, colour, np.uint8)
    shown = np.where(ink > 0, 0, hidden)
    pixels = np.dstack([shown, shown, shown, ink])
    np.testing.assert_array_equal(decoded(pixels, form), written(ink))


@ALWAYS
@given(strokes(), some.sampled_from(["PNG", "TIFF"]))
def test_white_ink_on_nothing_is_ink(ink, form):
    pixels = np.dstack([np.full((*ink.shape, 3), 255, np.uint8), ink])
    np.testing.assert_array_equal(prepare_digit(decoded(pixels, form)), prepare_digit(written(ink)))


def decoded(pixels, form):
    options = {"lossless": True, "exact": True} if form == "WEBP" else {}
    return decode_photo(encoded(pixels, form, **options)).upright()
