"""What encloses a digit is told from digits that enclose something."""

import numpy as np
import pytest
from conditions import enlarged
from likeness import likeness
from PIL import Image, ImageDraw

from mnistkit.core.preprocessing.components import find_components
from mnistkit.core.preprocessing.enclosures import find_rings, inside_canvas
from mnistkit.core.preprocessing.preparation import prepare_digit

SIDE = 120


def drawn(*shapes):
    """The components of shapes, each a function of a Pillow drawing."""
    image = Image.new("L", (SIDE, SIDE))
    for shape in shapes:
        shape(ImageDraw.Draw(image))
    mask = np.asarray(image) > 0
    return find_components(mask, mask.astype(np.float32))


def frame(brush):
    brush.rectangle((10, 10, 108, 104), outline=255, width=4)


def circle(brush):
    brush.ellipse((10, 6, 110, 112), outline=255, width=5)


def bar(brush):
    brush.rectangle((55, 30, 64, 90), fill=255)


def dot(brush):
    brush.rectangle((55, 50, 62, 60), fill=255)


def hook(brush):
    brush.line([(20, 10), (20, 100), (110, 100), (110, 40), (20, 40)], fill=255, width=5)


@pytest.mark.parametrize("around", [frame, circle])
def test_frames_and_circles_around_a_digit_are_rings(around):
    parts = drawn(around, bar)
    assert find_rings(parts, (SIDE, SIDE)).tolist() == (parts.extent > 80).tolist()


def rings_of(mask):
    """Which components are rings, the one around the others first."""
    parts = find_components(mask, mask.astype(np.float32))
    order = np.argsort(-parts.extent, kind="stable")
    return find_rings(parts, mask.shape)[order].tolist()


def oval(shape, hole, off_middle=(0.0, 0.0)):
    """A filled ellipse with a hole, whose size is a share of it, and a digit in the middle."""
    rows, columns = np.indices(shape)
    y, x = (2 * rows + 1) / shape[0] - 1, (2 * columns + 1) / shape[1] - 1
    mask = (np.hypot(y, x) <= 1) & (np.hypot(y - off_middle[0], x - off_middle[1]) > hole)
    return mask | ((abs(y) < 0.4) & (abs(x) < 0.1))


@pytest.mark.parametrize("shape", [(16, 16), (17, 17), (40, 24), (90, 120)], ids=str)
def test_ovals_are_rings_while_their_strokes_are_thin(shape):
    assert rings_of(oval(shape, 0.8)) == [True, False]
    assert rings_of(oval(shape, 0.6)) == [False, False]


@pytest.mark.parametrize("shape", [(16, 16), (50, 30)], ids=str)
@pytest.mark.parametrize("off_middle", [(0.06, 0), (0.1, 0), (0.04, 0.04), (0.03, 0.08)], ids=str)
@pytest.mark.parametrize("hole", [0.74, 0.76])
def test_a_ring_is_one_however_it_is_mirrored_and_turned(shape, off_middle, hole):
    """It is thicker on one side than on the other."""
    mask = oval(shape, hole, off_middle)
    expected = rings_of(mask)
    for turned in (mask[::-1], mask[:, ::-1], mask[::-1, ::-1], mask.T):
        assert rings_of(turned) == expected


@pytest.mark.parametrize("side", [100, 101])
@pytest.mark.parametrize("start", range(0, 360, 15))
def test_a_circle_that_is_not_quite_closed_is_a_ring_and_an_arc_is_none(side, start):
    for gap, is_ring in ((40, True), (100, False)):
        image = Image.new("L", (side, side))
        brush = ImageDraw.Draw(image)
        brush.ellipse((0, 0, side - 1, side - 1), fill=255)
        brush.pieslice((-50, -50, side + 49, side + 49), start, start + gap, fill=0)
        brush.ellipse((5, 5, side - 6, side - 6), fill=0)
        brush.rectangle((45, 35, 50, 65), fill=255)
        # What a drawing leaves out of the box is part of the gap.
        mask = np.pad(np.asarray(image) > 0, 5)
        assert rings_of(mask) == [is_ring, False]


@pytest.mark.parametrize("turns", range(4))
def test_what_comes_out_of_a_circle_is_not_enclosed_by_it(turns):
    image = Image.new("L", (SIDE, SIDE))
    ImageDraw.Draw(image).arc((10, 10, 109, 109), 290, 250, fill=255, width=5)
    ring = np.asarray(image) > 0
    top = np.flatnonzero(ring.any(axis=1))[0]
    for start, is_ring in ((top + 1, True), (top, False), (top - 5, False)):
        mask = ring.copy()
        mask[start:65, 57:62] = True
        assert rings_of(np.rot90(mask, turns)) == [is_ring, False]


@pytest.mark.parametrize("place", [(0, 45), (0, 0), (45, 0), (0, 98), (98, 45), (98, 98), (45, 98)])
def test_a_zero_next_to_a_digit_is_no_ring(place):
    mask = np.zeros((130, 130), bool)
    mask[35:95, 35:95] = oval((60, 60), 0.8)
    mask[50:80, 50:80] = False
    mask[place[0] : place[0] + 30, place[1] + 12 : place[1] + 18] = True
    assert rings_of(mask) == [False, False]


@pytest.mark.parametrize(
    "shapes",
    [(circle,), (circle, dot), (hook, dot), (bar,)],
    ids=["a zero", "a zero with a dot", "a six with a dot", "a one"],
)
def test_digits_are_no_rings(shapes):
    assert not find_rings(drawn(*shapes), (SIDE, SIDE)).any()


@pytest.mark.parametrize("shape", [frame, circle, bar, hook])
def test_strokes_are_no_canvas(shape):
    assert inside_canvas(drawn(shape), 0, (SIDE, SIDE)) is None


def canvas_of(mask):
    return inside_canvas(find_components(mask, mask.astype(np.float32)), 0, mask.shape)


@pytest.mark.parametrize("shape", [(120, 200), (200, 120)], ids=["wide", "high"])
@pytest.mark.parametrize(("side", "is_canvas"), [(60, True), (40, False)])
def test_a_large_rectangle_is_a_canvas_within_its_edges(shape, side, is_canvas):
    mask = np.zeros(shape, bool)
    mask[30 : 30 + side, 40 : 40 + side] = True
    region = canvas_of(mask)
    assert (region is not None) == is_canvas
    if region is not None:
        rows, columns = region
        assert 30 < rows.start < 40
        assert 80 < rows.stop < 90
        assert 40 < columns.start < 50
        assert 90 < columns.stop < 100


@pytest.mark.parametrize("turns", range(4))
def test_a_rectangle_with_a_bay_in_one_side_is_no_canvas(turns):
    mask = np.zeros((90, 130), bool)
    mask[10:80, 10:120] = True
    mask[10:20, 40:70] = False
    assert canvas_of(np.rot90(mask, turns)) is None


@pytest.mark.parametrize("turns", range(2))
def test_a_thick_stroke_is_no_canvas_though_it_fills_the_picture(turns):
    mask = np.zeros((20, 110), bool)
    mask[7:13, 5:105] = True
    assert canvas_of(np.rot90(mask, turns)) is None


WINDOWS = {
    "a dark canvas in a light window": (240, 0),
    "a light canvas in a dark window": (30, 255),
    "a light canvas in a grey window": (120, 255),
}


@pytest.mark.parametrize("desktop", [None, 70], ids=["window", "desktop"])
@pytest.mark.parametrize("levels", WINDOWS.values(), ids=WINDOWS)
def test_the_digit_on_a_canvas_in_a_window_is_found(sample, levels, desktop):
    level, canvas = levels
    for image in sample.images[:20]:
        ink = np.pad(enlarged(image, 6), 20)
        window = np.full((ink.shape[0] + 90, ink.shape[1] + 60), level, np.uint8)
        # A title and a button.
        window[10:18, 12:90], window[-22:-10, -60:-20] = 255 - level, 255 - level
        window[-20:-12, -58:-22] = level
        window[40:-50, 30:-30] = np.abs(ink.astype(int) - canvas)
        if desktop is not None:
            window = np.pad(window, ((50, 30), (60, 40)), constant_values=desktop)
        assert likeness(prepare_digit(window), image) > 0.8
