"""From a picture of a thing before a plain background to an image as Fashion-MNIST has them.

Reference:
    H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST. arXiv 1708.07747, 2017: trim edges of the
    colour of the corners, within 5 %; bring the longest edge to 28 pixels; sharpen with a
    Gaussian of radius and deviation 1; centre in 28x28; negate.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mnistkit.core.arrays import IMAGE_SHAPE
from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.core.preprocessing.ink import reduced

SIDE = IMAGE_SHAPE[0]
WHITE = 255
# Of the picture's shorter side: a corner is as large as noise does not matter in it.
CORNER_SHARE = 0.02
# Grey levels from the background that still belong to it.
TRIM = 0.05 * WHITE
# Averaged down to sides below twice this, a photo's noise is not taken for the thing.
WORKING_SIDE = 224
GAUSSIAN = np.exp(-np.add.outer(np.arange(-1, 2) ** 2, np.arange(-1, 2) ** 2) / 2)


def prepare_object(picture: GreyPicture) -> NDArray[np.uint8] | None:
    """Trim the background, fit the thing in 28x28 and centre it, the background black.

    What the background is, the corners say. A picture of 28x28 comes through unchanged where
    it is black, and inverted where it is white.

    Args:
        picture: uint8 (height, width), of any size.

    Returns:
        An image, uint8 (28, 28); None where there is nothing but background.
    """
    background = _background(picture)
    light = background > WHITE / 2
    if picture.shape == IMAGE_SHAPE and picture.min() < picture.max():
        return WHITE - picture if light else picture
    picture = reduced(picture, WORKING_SIDE)
    # The background becomes 0, what is farthest from it 255.
    height = (background - picture.astype(np.float32)) * (1 if light else -1)
    rows, columns = (np.flatnonzero((np.abs(height) > TRIM).any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return None
    trimmed = height[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    levels = np.clip(trimmed * (WHITE / (background if light else WHITE - background)), 0, WHITE)
    return _centred(_fitted(np.rint(levels).astype(np.uint8)))


def _background(picture: GreyPicture) -> float:
    """The grey level of the four corners, as most of them have it."""
    size = max(round(CORNER_SHARE * min(picture.shape)), 1)
    ends = (slice(None, size), slice(-size, None))
    return float(np.median([np.median(picture[row, column]) for row in ends for column in ends]))


def _fitted(levels: NDArray[np.uint8]) -> Image.Image:
    """Bring the longer edge to 28 pixels; sharpen what was made smaller by that."""
    height, width = levels.shape
    scale = SIDE / max(height, width)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    fitted = Image.fromarray(levels).resize(size, Image.Resampling.BOX if scale < 1 else None)
    return fitted.filter(_sharpen()) if scale < 1 else fitted


def _sharpen() -> ImageFilter.Kernel:
    """What is around is taken from twice the whole, as ImageMagick's `-sharpen 1x1` does."""
    weights = -GAUSSIAN
    weights[1, 1] = 2 * GAUSSIAN.sum()
    return ImageFilter.Kernel((3, 3), weights.ravel().tolist(), scale=float(weights.sum()))


def _centred(thing: Image.Image) -> NDArray[np.uint8]:
    image = Image.new("L", IMAGE_SHAPE)
    image.paste(thing, ((SIDE - thing.width) // 2, (SIDE - thing.height) // 2))
    return np.asarray(image)
