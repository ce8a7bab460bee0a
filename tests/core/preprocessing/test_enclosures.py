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
