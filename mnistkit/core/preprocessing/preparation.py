"""From the grey pixels of a picture to an image as MNIST has them.

Reference:
    LeCun, Cortes, Burges: The MNIST database of handwritten digits. "The original
    black and white images were size normalized to fit in a 20x20 pixel box while
    preserving their aspect ratio ... centered in a 28x28 image by computing the
    center of mass of the pixels."
    Cohen, Afshar, Tapson, van Schaik: EMNIST: an extension of MNIST to handwritten letters.
    IJCNN 2017. The character's box is centered in a square with a border of 2 pixels, its
    aspect ratio preserved, and that brought to 28x28.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnistkit.core.arrays import IMAGE_SHAPE
from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.core.preprocessing.ink import Ink, find_paper, ink_of, reduced
from mnistkit.core.preprocessing.isolation import Box, extent, isolate, strongest
from mnistkit.core.preprocessing.objects import prepare_object


@dataclass(frozen=True)
class Form:
    """How the images of a dataset hold their ink.

    Args:
        box: The longer side of the ink, in pixels.
        sides: The shortest and the longest one there is among that dataset's images.
        by_mass: Whether the centre of mass is in the middle, or that of the box.
        far_pieces: Whether ink apart from the rest belongs to it.
    """

    box: int
    sides: tuple[int, int]
    by_mass: bool
    far_pieces: bool


# Measured on MNIST's 70,000 images: the centre of mass is on the pixel (14, 14), half a
# pixel at most to each side, and the longer side of the ink is 20 pixels (19 in 16 of them).
DIGIT = Form(box=20, sides=(19, 20), by_mass=True, far_pieces=False)
CHARACTER = Form(box=24, sides=(22, 26), by_mass=False, far_pieces=True)
CENTRE = 14
MAX_OFFSET = 0.55

# Fewer grey levels than this between the lightest and the darkest pixel is paper, not ink.
MIN_CONTRAST = 24
MIN_INK = 0.6 * MIN_CONTRAST
WORKING_SIDE = 160
# A digit smaller than this in a reduced picture is looked at again from nearer, with as much
# paper around it.
MIN_DETAIL = 40
# The strongest tenth of a digit's pixels is its full ink.
FULL_INK_SHARE = 0.1
# Of the strokes in the box, in pixels: MNIST's are 1.5 to 4.3 wide, 98 of 100 of them.
MIN_STROKE = 2.2


def prepare_digit(picture: GreyPicture) -> NDArray[np.uint8] | None:
    """Isolate the ink of one digit, fit it in a 20x20 box, centre it by its mass.

    A picture that is an MNIST image already, or one inverted, comes through unchanged.

    Args:
        picture: uint8 (height, width), of any size; dark on light or light on dark.

    Returns:
        An image, uint8 (28, 28), bright ink on black; None where there is no ink.
    """
    return _prepare(picture, DIGIT)


def prepare_character(picture: GreyPicture) -> NDArray[np.uint8] | None:
    """Isolate the ink of one character, fit it in a 24x24 box, and centre that.

    As for `prepare_digit` otherwise, with EMNIST's images in MNIST's place.
    """
    return _prepare(picture, CHARACTER)


PREPARATIONS: dict[str, Callable[[GreyPicture], NDArray[np.uint8] | None]] = {
    "digit": prepare_digit,
    "character": prepare_character,
    "object": prepare_object,
}
"""How a picture becomes an image, by the name a dataset and a model's card give it."""


def image_of(digit: Ink, form: Form = DIGIT) -> NDArray[np.uint8]:
    """Make the image of one digit's ink: full, fitted, thick enough and centred.

    Args:
        digit: Cropped to the ink, with 0 around it.
        form: Of the image.

    Returns:
        uint8 (28, 28), bright ink on black.
    """
    inked = digit[digit > 0]
    rank = inked.size - max(int(inked.size * FULL_INK_SHARE), 1)
    full = np.partition(inked, rank)[rank]
    levels = np.rint(np.minimum(digit / full, 1) * 255).astype(np.uint8)
    return _thick_enough(_centred(_fitted(levels, form.box), form))


def _prepare(picture: GreyPicture, form: Form) -> NDArray[np.uint8] | None:
    small = reduced(picture, WORKING_SIDE)
    if int(small.max()) - int(small.min()) < MIN_CONTRAST:
        return None
    paper = find_paper(small)
    bright = np.subtract(255, small) if paper.dark_ink else small
    if _is_image(bright, form):
        return bright
    ink = ink_of(small, paper)
    if strongest(ink) < MIN_INK:
        return None
    digit, box = isolate(ink, far_pieces=form.far_pieces)
    if small is not picture and max(digit.shape) < MIN_DETAIL:
        nearer = _around(picture, box, small.shape)
        if nearer.size <= picture.size / 2:
            return _prepare(nearer, form)
    return image_of(digit, form)


def _around(picture: GreyPicture, box: Box, shape: tuple[int, ...]) -> GreyPicture:
    """The part of a picture around a box in its reduced copy of this shape."""
    factor = -(-picture.shape[0] // shape[0])
    side = max(place.stop - place.start for place in box)
    rows, columns = (
        slice(max(place.start - side, 0) * factor, (place.stop + side) * factor) for place in box
    )
    return picture[rows, columns]


def _is_image(ink: NDArray[np.uint8], form: Form) -> bool:
    if ink.shape != IMAGE_SHAPE:
        return False
    box = extent(ink > 0)
    shortest, longest = form.sides
    if not shortest <= max(place.stop - place.start for place in box) <= longest:
        return False
    if form.by_mass:
        return bool(np.abs(_centre_of_mass(ink) - CENTRE).max() <= MAX_OFFSET)
    return _is_centred(box)


def _is_centred(box: Box) -> bool:
    """Whether the margins on both sides of a box in an image differ by a pixel at most."""
    margins = ((place.start, IMAGE_SHAPE[0] - place.stop) for place in box)
    return all(abs(before - after) <= 1 for before, after in margins)


def _fitted(ink: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Scale so that the longer side has so many pixels; aspect kept, anti-aliased."""
    height, width = ink.shape
    scale = side / max(height, width)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.LANCZOS))


def _centred(ink: NDArray[np.uint8], form: Form) -> NDArray[np.uint8]:
    """Place the ink in 28x28 so that its centre of mass, or that of its box, is in the middle."""
    image = np.zeros(IMAGE_SHAPE, np.uint8)
    room = np.subtract(IMAGE_SHAPE, ink.shape)
    if form.by_mass:
        top, left = np.clip(np.rint(CENTRE - _centre_of_mass(ink)).astype(int), 0, room)
    else:
        top, left = room // 2
    image[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return image


def _thick_enough(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Let thin strokes grow towards their neighbours, as far as they are too thin."""
    ink = image.astype(np.float32)
    growth = min((MIN_STROKE - _stroke_width(ink)) / 2, 1)
    if growth <= 0:
        return image
    wide = ink.copy()
    np.maximum(wide[1:], ink[:-1], out=wide[1:])
    np.maximum(wide[:-1], ink[1:], out=wide[:-1])
    np.maximum(wide[:, 1:], ink[:, :-1], out=wide[:, 1:])
    np.maximum(wide[:, :-1], ink[:, 1:], out=wide[:, :-1])
    grown: NDArray[np.uint8] = np.rint(ink + growth * (wide - ink)).astype(np.uint8)
    return grown


def _stroke_width(ink: NDArray[np.float32]) -> float:
    """Twice the area over the length of the outline, in pixels."""
    # Summed along both axes, an outline in all directions comes out longer by 4 / pi.
    outline = np.abs(np.diff(ink, axis=0)).sum() + np.abs(np.diff(ink, axis=1)).sum()
    return float(2 * ink.sum() / max(outline * np.pi / 4, 1))


def _centre_of_mass(ink: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return (row, column) in pixels, float64 (2,)."""
    rows, columns = ink.sum(axis=1, dtype=np.float64), ink.sum(axis=0, dtype=np.float64)
    places = (rows @ np.arange(rows.size), columns @ np.arange(columns.size))
    centre: NDArray[np.float64] = np.array(places) / rows.sum()
    return centre
