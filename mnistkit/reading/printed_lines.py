"""Taking printed lines off ruled and squared paper."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistkit.core.preprocessing.ink import InkLevels

# In which lines may run, pixels down a pixel to the right.
SLOPES = np.tan(np.radians(np.arange(-9, 9.5, 1.0)))
# Perspective spreads the slopes of lines about the commonest.
SPREAD = np.tan(np.radians((-1.3, 0.0, 1.3)))
# The slopes are told apart in a copy so many times smaller.
COARSE = 3
# Between the slopes that fit best and worst, where there are lines at all.
MIN_CONTRAST = 1.25
# Of the level of ink: stronger ink counts no more; so much all along is a line.
CLIP_SHARE = 1.3
LINE_SHARE = 0.55
# What is so many times as strong as the line it is on is ink.
INK_RATIO = 1.5
# Perpendicular to a line, in pixels: how much wider it is taken; what strokes are closed over.
WIDENING = 5
CLOSING = 9


def without_lines(ink: InkLevels, level: float, length: float) -> InkLevels:
    """Take off thin straight lines, level or upright within some degrees.

    Args:
        ink: float32 (height, width).
        level: What is ink.
        length: In pixels; what is straight for so long is no stroke of a digit.
    """
    level_free = _without_level_lines(ink, level, length)
    upright = np.ascontiguousarray(level_free.T)
    return np.ascontiguousarray(_without_level_lines(upright, level, length).T)


def _without_level_lines(ink: InkLevels, level: float, length: float) -> InkLevels:
    size = min(max(int(length), COARSE), ink.shape[1])
    clipped = np.minimum(ink, CLIP_SHARE * level)
    slope = _commonest_slope(clipped, size)
    if slope is None:
        return ink
    along = np.zeros_like(ink)
    for other in SPREAD:
        np.maximum(along, _mean_along(clipped, slope + other, size), out=along)
    opened = cv2.morphologyEx(along, cv2.MORPH_OPEN, np.ones((CLOSING, 1), np.uint8))
    along = np.clip(along - opened, 0, 255)
    lines = along >= LINE_SHARE * level
    if not lines.any():
        return ink
    wide = cv2.dilate(lines.astype(np.uint8), np.ones((WIDENING, 1), np.uint8)) > 0
    strength = cv2.dilate(along, np.ones((WIDENING, 1), np.uint8))
    return _erased(ink, wide & (ink < np.maximum(INK_RATIO * strength, level)))


def _erased(ink: InkLevels, lines: NDArray[np.bool_]) -> InkLevels:
    """Set lines to 0, but where strokes cross them."""
    erased = np.where(lines, np.float32(0), ink)
    closed = cv2.morphologyEx(erased, cv2.MORPH_CLOSE, np.ones((CLOSING, 1), np.uint8))
    return np.where(lines, np.minimum(closed, ink), erased)


def _commonest_slope(ink: InkLevels, length: int) -> float | None:
    """The slope along which ink comes in lines; None where it does along none."""
    if min(ink.shape) < 2 * CLOSING * COARSE:
        return None
    size = ink.shape[1] // COARSE, ink.shape[0] // COARSE
    small = np.asarray(cv2.resize(ink, size, interpolation=cv2.INTER_AREA), np.float32)
    contrasts = []
    for slope in SLOPES:
        sheared = _sheared(small, slope)
        mean = cv2.blur(sheared, (length // COARSE, 1), borderType=cv2.BORDER_REFLECT)
        contrasts.append(float(np.square(np.diff(mean[2:-2], axis=0)).mean()))
    if max(contrasts) < MIN_CONTRAST * min(contrasts):
        return None
    return float(SLOPES[int(np.argmax(contrasts))])


def _shear(ink: InkLevels, slope: float) -> tuple[NDArray[np.float64], tuple[int, int]]:
    """The matrix that levels a slope, and the size, width and height, of what it makes."""
    height, width = ink.shape
    rise = slope * width
    return np.array([[1, 0, 0], [-slope, 1, max(rise, 0)]]), (width, height + int(abs(rise)) + 1)


def _sheared(ink: InkLevels, slope: float) -> InkLevels:
    matrix, size = _shear(ink, slope)
    return np.asarray(cv2.warpAffine(ink, matrix, size, flags=cv2.INTER_LINEAR), np.float32)


def _mean_along(ink: InkLevels, slope: float, length: int) -> InkLevels:
    """The mean along a slope, over a length in pixels."""
    mean = cv2.blur(_sheared(ink, slope), (length, 1), borderType=cv2.BORDER_REFLECT)
    matrix, _ = _shear(ink, slope)
    back = cv2.WARP_INVERSE_MAP | cv2.INTER_LINEAR
    return np.asarray(cv2.warpAffine(mean, matrix, ink.shape[::-1], flags=back), np.float32)
