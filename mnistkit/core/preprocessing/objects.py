"""Making a 28x28 image from a picture of an object on a plain background, as in Fashion-MNIST.

Reference:
    H. Xiao, K. Rasul, R. Vollgraf: Fashion-MNIST. arXiv 1708.07747, 2017. Its steps: trim edges
    of the corners' colour, within 5 %; scale the longest edge to 28 pixels; sharpen with a
    Gaussian of radius and deviation 1; centre in 28x28; negate.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mnistkit.core.arrays import IMAGE_SHAPE
from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.core.preprocessing.light import reduced

SIDE = IMAGE_SHAPE[0]
WHITE = 255
# Side of a corner as a share of the picture's shorter side; large enough to average out noise.
CORNER_SHARE = 0.02
# Pixels within this many grey levels of the background belong to it.
TRIM = 0.05 * WHITE
# Pixels. Photos are reduced to below twice this, so that noise is not taken for the object.
WORKING_SIDE = 224
GAUSSIAN = np.exp(-np.add.outer(np.arange(-1, 2) ** 2, np.arange(-1, 2) ** 2) / 2)


def prepare_object(picture: GreyPicture) -> NDArray[np.uint8] | None:
    """Return the image of an object: background trimmed and black, scaled and centred.

    The corners define the background. A 28x28 picture is returned unchanged if its background is
    black, and inverted if it is white.

    Args:
        picture: uint8 (height, width), of any size.

    Returns:
        An image, uint8 (28, 28); None if there is only background.
    """
    background = _background(picture)
    light = background > WHITE / 2
    if picture.shape == IMAGE_SHAPE and picture.min() < picture.max():
        return WHITE - picture if light else picture
    picture = reduced(picture, WORKING_SIDE)
    # The background becomes 0, the level farthest from it 255.
    height = (background - picture.astype(np.float32)) * (1 if light else -1)
    rows, columns = (np.flatnonzero((np.abs(height) > TRIM).any(axis=axis)) for axis in (1, 0))
    if not rows.size:
        return None
    trimmed = height[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    levels = np.maximum(trimmed, 0) * (WHITE / (background if light else WHITE - background))
    return _centred(_fitted(np.rint(levels).astype(np.uint8)))


def _background(picture: GreyPicture) -> float:
    """Return the median grey level of the four corners."""
    size = max(round(CORNER_SHARE * min(picture.shape)), 1)
    ends = (slice(None, size), slice(-size, None))
    return float(np.median([np.median(picture[row, column]) for row in ends for column in ends]))


def _fitted(levels: NDArray[np.uint8]) -> Image.Image:
    """Return the object scaled to 28 pixels, and sharpened if that made it smaller."""
    height, width = levels.shape
    scale = SIDE / max(height, width)
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    fitted = Image.fromarray(levels).resize(size, Image.Resampling.BOX if scale < 1 else None)
    return fitted.filter(_sharpen()) if scale < 1 else fitted


def _sharpen() -> ImageFilter.Kernel:
    """Return the kernel of ImageMagick's `-sharpen 1x1`: twice the pixel minus a Gaussian."""
    weights = -GAUSSIAN
    weights[1, 1] = 2 * GAUSSIAN.sum()
    return ImageFilter.Kernel((3, 3), weights.ravel().tolist())


def _centred(thing: Image.Image) -> NDArray[np.uint8]:
    image = Image.new("L", IMAGE_SHAPE)
    image.paste(thing, ((SIDE - thing.width) // 2, (SIDE - thing.height) // 2))
    return np.asarray(image)
