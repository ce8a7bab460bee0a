"""Making a 28x28 image from the ink of one digit, in the form of MNIST or EMNIST."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnistkit.core.arrays import IMAGE_SHAPE
from mnistkit.core.preprocessing.ink import InkLevels


@dataclass(frozen=True)
class Form:
    """Where the images of a dataset have their ink.

    Args:
        box: The longer side of the ink, in pixels.
        sides: Its smallest and largest value among the dataset's images, in pixels.
        by_mass: Whether the centre of mass is in the middle; else the centre of the box is.
        far_pieces: Whether separate ink belongs to the digit.
    """

    box: int
    sides: tuple[int, int]
    by_mass: bool
    far_pieces: bool


# Measured on MNIST's 70,000 images: the centre of mass is within half a pixel of (14, 14), and the
# longer side of the ink is 20 pixels (19 in 16 images).
DIGIT = Form(box=20, sides=(19, 20), by_mass=True, far_pieces=False)

CHARACTER = Form(box=24, sides=(22, 26), by_mass=False, far_pieces=True)

CENTRE = 14

# The strongest tenth of a digit's pixels becomes white.
FULL_INK_SHARE = 0.1

# Pixels, in the image. 98 % of MNIST's strokes are 1.5 to 4.3 pixels wide.
MIN_STROKE = 2.2


def image_of(digit: InkLevels, form: Form = DIGIT) -> NDArray[np.uint8]:
    """Return the image of one digit: scaled, centred, with strokes of a minimal width.

    Args:
        digit: Cropped to the ink; 0 where there is none.
        form: The form of the image.

    Returns:
        uint8 (28, 28), bright ink on black.
    """
    inked = digit[digit > 0]
    rank = inked.size - max(int(inked.size * FULL_INK_SHARE), 1)
    full = np.partition(inked, rank)[rank]
    levels = np.rint(np.minimum(digit / full, 1) * 255).astype(np.uint8)
    return _thick_enough(_centred(_fitted(levels, form.box), form))


def _fitted(ink: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Return ink scaled to this longer side in pixels, with its aspect ratio kept."""
    height, width = ink.shape
    scale = side / max(height, width)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(Image.fromarray(ink).resize(size, Image.Resampling.LANCZOS))


def _centred(ink: NDArray[np.uint8], form: Form) -> NDArray[np.uint8]:
    """Return a 28x28 image with the ink centred by its mass or by its box."""
    image = np.zeros(IMAGE_SHAPE, np.uint8)
    room = np.subtract(IMAGE_SHAPE, ink.shape)
    if form.by_mass:
        top, left = np.clip(np.rint(CENTRE - centre_of_mass(ink)).astype(int), 0, room)
    else:
        top, left = room // 2
    image[top : top + ink.shape[0], left : left + ink.shape[1]] = ink
    return image


def _thick_enough(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return an image with thin strokes widened to `MIN_STROKE`."""
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
    """Return the mean stroke width in pixels: twice the area over the length of the outline."""
    # The sum along both axes overestimates the outline by a factor of 4 / pi.
    outline = np.abs(np.diff(ink, axis=0)).sum() + np.abs(np.diff(ink, axis=1)).sum()
    return float(2 * ink.sum() / max(outline * np.pi / 4, 1))


def centre_of_mass(ink: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return the centre of mass, row and column in pixels, float64 (2,)."""
    # Sums of whole numbers, which float64 holds exactly.
    row, column, mass = ink.ravel() @ _places(*ink.shape)
    centre: NDArray[np.float64] = np.array((row, column)) / mass
    return centre


@lru_cache(64)
def _places(height: int, width: int) -> NDArray[np.float64]:
    """Return row, column and 1 of each pixel in order, float64 (height * width, 3)."""
    rows, columns = np.indices((height, width))
    return np.stack([rows, columns, np.ones_like(rows)], axis=-1).reshape(-1, 3).astype(np.float64)
