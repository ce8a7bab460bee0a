"""The light on a picture's paper, which changes slowly from place to place."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mnistkit.core.preprocessing.grey import GreyPicture

# Pixels. Light and paper change slowly, so a copy of this size is enough.
COARSE_SIDE = 32
FITTING_ROUNDS = 5
# A dark area wider than this share of the longer side is a shadow; no stroke is as wide.
STROKE_SHARE = 0.36
GREY_RANGE, MIDDLE = 255, 128


def reduced(picture: GreyPicture, side: int) -> GreyPicture:
    """Return a picture reduced by a whole factor to at most `side` pixels a side."""
    factor = -(-max(picture.shape) // side)
    return np.asarray(Image.fromarray(picture).reduce(factor)) if factor > 1 else picture


def coarse_of(picture: GreyPicture) -> NDArray[np.float32]:
    """Return a copy that is small enough to find the light in."""
    return reduced(picture, COARSE_SIDE).astype(np.float32)


def smooth_light(picture: GreyPicture) -> NDArray[np.float32]:
    """Return a quadratic surface fitted robustly to a picture, in grey levels, of its shape.

    It follows the paper, because ink covers less of a picture.
    """
    coarse = coarse_of(picture)
    terms = _quadratic_terms(*coarse.shape)
    levels = coarse.ravel()
    weights = np.ones_like(levels)
    for _ in range(FITTING_ROUNDS):
        weighted = terms * weights[:, None]
        # The ridge keeps the system solvable for any weights.
        factors = np.linalg.solve(
            weighted.T @ terms + 1e-3 * np.eye(terms.shape[1], dtype=np.float32),
            weighted.T @ levels,
        )
        residuals = levels - terms @ factors
        scale = 1.5 * np.median(np.abs(residuals)) + 0.5
        weights = 1 / (1 + (residuals / scale) ** 2)
    return enlarged((terms @ factors).reshape(coarse.shape), picture.shape)


def without_strokes(levels: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return levels without their peaks: a morphological opening, wider than any stroke.

    Args:
        levels: Differences from 0, of which those within half the range of grey levels count.
    """
    within = np.clip(levels + MIDDLE, 0, GREY_RANGE).astype(np.uint8)
    coarse = reduced(within, COARSE_SIDE)
    window = int(max(coarse.shape) * STROKE_SHARE) | 1
    opened = (
        Image.fromarray(coarse)
        .filter(ImageFilter.MinFilter(window))
        .filter(ImageFilter.MaxFilter(window))
    )
    return enlarged(np.asarray(opened, np.float32) - MIDDLE, levels.shape)


def enlarged(levels: NDArray[np.float32], shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Return levels interpolated to a larger shape."""
    size = shape[1], shape[0]
    return np.asarray(Image.fromarray(levels).resize(size, Image.Resampling.BILINEAR))


@lru_cache(64)
def _quadratic_terms(height: int, width: int) -> NDArray[np.float32]:
    """Return 1, y, x, yx, y^2, x^2 at each pixel in order, with y and x in [-1, 1]."""
    rows, columns = np.mgrid[:height, :width]
    y, x = (2 * rows + 1) / height - 1, (2 * columns + 1) / width - 1
    terms = np.stack([np.ones_like(y), y, x, y * x, y * y, x * x], axis=-1)
    return terms.reshape(-1, terms.shape[-1]).astype(np.float32)
