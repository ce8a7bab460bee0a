"""From the grey pixels of a picture to an image as MNIST has them.

Reference:
    LeCun, Cortes, Burges: The MNIST database of handwritten digits. "The original
    black and white images were size normalized to fit in a 20x20 pixel box while
    preserving their aspect ratio ... centered in a 28x28 image by computing the
    center of mass of the pixels."
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from mnistkit.contracts import IMAGE_SHAPE
from mnistkit.core.pictures import GreyPicture

BOX = 20
# Measured on MNIST's 70,000 images: the centre of mass is on the pixel (14, 14), half a
# pixel at most to each side, and the longer side of the ink is 20 pixels (19 in 16 of them).
CENTRE = 14
MAX_OFFSET = 0.55

# Fewer grey levels than this between the lightest and the darkest pixel is paper, not ink.
MIN_CONTRAST = 24
# Of the contrast between paper and the strongest ink; weaker pixels are paper.
INK_THRESHOLD = 0.2
# Larger pictures are first made smaller, which also evens out their noise.
WORKING_SIDE = 400


def prepare_digit(picture: GreyPicture) -> NDArray[np.uint8] | None:
    """Isolate the ink of one digit, fit it in a 20x20 box, centre it by its mass.

    A picture that is an MNIST image already, or one inverted, comes through unchanged.

    Args:
        picture: uint8 (height, width), of any size; dark on light or light on dark.

    Returns:
        An image, uint8 (28, 28), bright ink on black; None where there is no ink.
    """
    ink = _reduced(_bright_on_dark(picture))
    if int(ink.max()) - int(ink.min()) < MIN_CONTRAST:
        return None
    if _is_mnist_image(ink):
        return ink
    return _centred(_fitted(_isolated(ink)))


PREPARATIONS: dict[str, Callable[[GreyPicture], NDArray[np.uint8] | None]] = {
    "digit": prepare_digit,
}
"""How a picture becomes an image, by the name a dataset and a model's card give it."""


def _bright_on_dark(picture: GreyPicture) -> NDArray[np.uint8]:
    """Invert where the paper is the lighter half."""
    middle = (int(picture.min()) + int(picture.max())) / 2
    return np.subtract(255, picture) if _paper(picture) > middle else picture


def _paper(picture: GreyPicture) -> float:
    """The grey level of the border, where there is more paper than ink."""
    border = np.concatenate((picture[0], picture[-1], picture[:, 0], picture[:, -1]))
    # The median; np.median, with all that it can do besides, takes four times as long.
    middle = border.size // 2
    return float(np.partition(border, middle)[middle])


def _is_mnist_image(ink: NDArray[np.uint8]) -> bool:
    if ink.shape != IMAGE_SHAPE:
        return False
    rows, columns = _extent(ink > 0)
    height, width = rows.stop - rows.start, columns.stop - columns.start
    offset = np.abs(_centre_of_mass(ink) - CENTRE).max()
    return max(height, width) in (BOX - 1, BOX) and bool(offset <= MAX_OFFSET)


def _reduced(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    factor = -(-max(ink.shape) // WORKING_SIDE)
    return np.asarray(Image.fromarray(ink).reduce(factor)) if factor > 1 else ink


def _isolated(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Set the paper to 0 and the strongest ink to 255, and crop to the ink."""
    paper = _paper(ink)
    # The strongest ink is above the paper, as the paper is the darker half.
    levels: NDArray[np.floating[Any]] = (ink - paper) / (float(ink.max()) - paper)
    mask = levels >= INK_THRESHOLD
    rows, columns = _extent(mask)
    levels[~mask] = 0
    isolated: NDArray[np.uint8] = np.rint(levels[rows, columns] * 255).astype(np.uint8)
    return isolated


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


def _extent(mask: NDArray[np.bool_]) -> tuple[slice, slice]:
    """The rows and columns from the first to the last that has a True."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _centre_of_mass(ink: NDArray[np.uint8]) -> NDArray[np.float64]:
    """Return (row, column) in pixels, float64 (2,)."""
    rows, columns = ink.sum(axis=1, dtype=np.float64), ink.sum(axis=0, dtype=np.float64)
    places = (rows @ np.arange(rows.size), columns @ np.arange(columns.size))
    centre: NDArray[np.float64] = np.array(places) / rows.sum()
    return centre
