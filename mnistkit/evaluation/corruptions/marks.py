"""Marks of MNIST-C over the digit: mud, a dotted line, a zigzag."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.arrays import IMAGE_SHAPE
from mnistkit.core.image_batches import SIDE, FloatImages

MUD = np.float32(63 / 255)
"""Brightness of the mud, in [0, 1]."""

LIQUID_MEAN, LIQUID_DEVIATION, LIQUID_SIGMA = 0.65, 0.3, 1.0
WET = 0.65
SPLASH_SIGMA = 1.5
SPLASH = 0.8
"""Share of a pixel's neighbourhood that has to be wet for mud to stay."""

REACH = 2.3
"""Distance from a line's middle to its edge, in pixels."""

DASH = 2
"""Length of a dash and of a gap, in columns."""

ZIGZAG_FROM, ZIGZAG_TO = 2, 25
# Points along and across the line that the zigzag follows, in pixels; the line's end is added.
ZIGZAG = np.array([(0, 0), (2, 2), (6, -2), (10, 2), (14, -2), (18, 2), (22, -2)])
ZIGZAG_WHOLE = 20
"""Length of the whole waves along that line, in pixels."""

COLUMNS = np.arange(SIDE)


def spatter(ink: FloatImages, randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Return images splashed with mud."""
    splashed = np.empty_like(ink)
    for image, random, result in zip(ink, randoms, splashed, strict=True):
        liquid = random.normal(LIQUID_MEAN, LIQUID_DEVIATION, IMAGE_SHAPE).astype(np.float32)
        wet = _blurred(liquid, LIQUID_SIGMA) > WET
        mud = _blurred(wet.astype(np.float32), SPLASH_SIGMA)
        mud[mud < SPLASH] = 0
        result[:] = image * (1 - mud) + MUD * mud
    return splashed


def dotted_line(ink: FloatImages, randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Return images with a dashed line from the left edge to the right edge."""
    ends = np.stack([random.integers(0, SIDE - 1, 2) for random in randoms])
    last = np.full(len(ink), SIDE - 1)
    line = _line(np.zeros(len(ink)), ends[:, 0], last, ends[:, 1])
    return ink + line * (COLUMNS // DASH % 2)


def zigzag(ink: FloatImages, randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Return images with a zigzag along a nearly level line."""
    start = np.stack([random.integers(0, SIDE - 1) for random in randoms])
    rise = np.stack([random.integers(-5, 5) for random in randoms])
    angle = np.arctan2(rise, ZIGZAG_TO - ZIGZAG_FROM)
    length = (ZIGZAG_TO - ZIGZAG_FROM) / np.cos(angle)
    end = np.stack([length, -1 / (length - ZIGZAG_WHOLE)], axis=1)
    knots = np.concatenate([np.broadcast_to(ZIGZAG, (len(ink), *ZIGZAG.shape)), end[:, None]], 1)
    along, across = knots[..., 0].T, knots[..., 1].T
    columns = ZIGZAG_FROM + np.cos(angle) * along - np.sin(angle) * across
    rows = start + np.sin(angle) * along + np.cos(angle) * across
    drawn = ink
    for i in range(len(ZIGZAG)):
        drawn = drawn + _line(columns[i], rows[i], columns[i + 1], rows[i + 1])
    return drawn


def _line(
    left: NDArray[Any], left_row: NDArray[Any], right: NDArray[Any], right_row: NDArray[Any]
) -> FloatImages:
    """Return lines with soft edges, float32 (n, 28, 28); the arguments are (n,) each."""
    slope = (right_row - left_row) / (right - left)
    middles = left_row[:, None] + slope[:, None] * (COLUMNS - left[:, None])
    distances = np.abs(COLUMNS[:, None] - middles[:, None, :])
    strength = 1 + np.log(np.maximum(1 - distances / REACH, np.exp(-1)))
    first, end = np.floor(left)[:, None], np.ceil(right)[:, None]
    inside = (first <= COLUMNS) & (end > COLUMNS)
    lines: FloatImages = (strength * inside[:, None, :]).astype(np.float32)
    return lines


def _blurred(ink: FloatImages, sigma: float) -> FloatImages:
    """Return one image blurred by a Gaussian, with the edge pixels repeated."""
    import cv2

    side = 2 * round(4 * sigma) + 1
    blurred = cv2.GaussianBlur(ink, (side, side), sigma, borderType=cv2.BORDER_REPLICATE)
    return np.asarray(blurred, np.float32)
