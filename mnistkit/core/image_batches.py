"""Batches of images as float32 in [0, 1]."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.arrays import IMAGE_SHAPE, Images

FloatImages = NDArray[np.float32]
"""float32 (n, 28, 28) in [0, 1], bright ink on black."""

WHITE = np.float32(255)

SIDE = IMAGE_SHAPE[0]


def to_floats(images: Images) -> FloatImages:
    """Return images with their pixels divided by 255."""
    floats: FloatImages = images.astype(np.float32) / WHITE
    return floats


def to_images(floats: FloatImages) -> Images:
    """Return images with their pixels multiplied by 255, clipped and rounded."""
    images: Images = np.rint(np.clip(floats, 0, 1) * WHITE).astype(np.uint8)
    return images


def sample(ink: FloatImages, rows: FloatImages, columns: FloatImages) -> FloatImages:
    """Return the values of images at given places, interpolated bilinearly; 0 outside.

    Args:
        ink: float32 (n, 28, 28).
        rows: Row of each place, in pixels, float32 (n, 28, 28).
        columns: Column of each place, in pixels, float32 (n, 28, 28).
    """
    padded = np.pad(ink, ((0, 0), (1, 2), (1, 2)))
    height, width = padded.shape[1:]
    rows, columns = (np.clip(places + 1, 0, SIDE + 1) for places in (rows, columns))
    top, left = rows.astype(np.int32), columns.astype(np.int32)
    down, right = rows - top, columns - left
    start = top * width + left
    start += (np.arange(len(ink), dtype=np.int32) * (height * width))[:, None, None]
    flat = padded.reshape(-1)
    above = flat[start] * (1 - right) + flat[start + 1] * right
    below = flat[start + width] * (1 - right) + flat[start + width + 1] * right
    sampled: FloatImages = above * (1 - down) + below * down
    return sampled
