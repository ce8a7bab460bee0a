"""From the grey pixels of a picture to an image as MNIST has them.

Reference:
    LeCun, Cortes, Burges: The MNIST database of handwritten digits. "The original
    black and white images were size normalized to fit in a 20x20 pixel box while
    preserving their aspect ratio ... centered in a 28x28 image by computing the
    center of mass of the pixels."
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnistkit.contracts import IMAGE_SHAPE
from mnistkit.core.isolation import Box, extent, isolate, strongest
from mnistkit.core.paper import Ink, find_paper, ink_of, reduced
from mnistkit.core.pictures import GreyPicture

BOX = 20
# Measured on MNIST's 70,000 images: the centre of mass is on the pixel (14, 14), half a
# pixel at most to each side, and the longer side of the ink is 20 pixels (19 in 16 of them).
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
    small = reduced(picture, WORKING_SIDE)
    if int(small.max()) - int(small.min()) < MIN_CONTRAST:
        return None
    paper = find_paper(small)
    bright = np.subtract(255, small) if paper.dark_ink else small
    if _is_mnist_image(bright):
        return bright
    ink = ink_of(small, paper)
    if strongest(ink) < MIN_INK:
        return None
    digit, box = isolate(ink)
    if small is not picture and max(digit.shape) < MIN_DETAIL:
        nearer = _around(picture, box, small.shape)
        if nearer.size <= picture.size / 2:
            return prepare_digit(nearer)
    return image_of(digit)


PREPARATIONS: dict[str, Callable[[GreyPicture], NDArray[np.uint8] | None]] = {
    "digit": prepare_digit,
}
"""How a picture becomes an image, by the name a dataset and a model's card give it."""


def image_of(digit: Ink) -> NDArray[np.uint8]:
    """Make the image of one digit's ink: full, fitted, thick enough and centred.

    Args:
        digit: Cropped to the ink, with 0 around it.

    Returns:
        uint8 (28, 28), bright ink on black.
    """
    inked = digit[digit > 0]
    rank = inked.size - max(int(inked.size * FULL_INK_SHARE), 1)
    full = np.partition(inked, rank)[rank]
    levels = np.rint(np.minimum(digit / full, 1) * 255).astype(np.uint8)
    return _thick_enough(_centred(_fitted(levels)))


def _around(picture: GreyPicture, box: Box, shape: tuple[int, ...]) -> GreyPicture:
    """The part of a picture around a box in its reduced copy of this shape."""
    factor = -(-picture.shape[0] // shape[0])
    side = max(place.stop - place.start for place in box)
    rows, columns = (
        slice(max(place.start - side, 0) * factor, (place.stop + side) * factor) for place in box
    )
    return picture[rows, columns]


def _is_mnist_image(ink: NDArray[np.uint8]) -> bool:
    if ink.shape != IMAGE_SHAPE:
        return False
    rows, columns = extent(ink > 0)
    height, width = rows.stop - rows.start, columns.stop - columns.start
    offset = np.abs(_centre_of_mass(ink) - CENTRE).max()
    return max(height, width) in (BOX - 1, BOX) and bool(offset <= MAX_OFFSET)


def _fitted(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Scale so that the longer side is 20 pixels; aspect kept, anti-aliased."""
    height, width = ink.shape
    scale = BOX / max(height, width)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.LANCZOS))


def _centred(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Place the ink in 28x28 so that its centre of mass is in the middle."""
    image = np.zeros(IMAGE_SHAPE, np.uint8)
    room = np.subtract(IMAGE_SHAPE, ink.shape)
    top, left = np.clip(np.rint(CENTRE - _centre_of_mass(ink)).astype(int), 0, room)
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
