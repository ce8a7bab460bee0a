"""Smooth noise and ramps for paper, light and tables."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistkit.reading.learning.marks import Random

Field = NDArray[np.float32]
"""float32 (height, width)."""


def clouds(source: Random, shape: tuple[int, int], high: float, wide: float | None = None) -> Field:
    """Return noise of mean 0 and deviation near 1, with blots of a height and width in pixels."""
    coarse = (
        min(shape[0], max(2, round(shape[0] / high))),
        min(shape[1], max(2, round(shape[1] / (wide or high)))),
    )
    noise = source.standard_normal(coarse, dtype=np.float32)
    if coarse == shape:
        return noise
    return cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC).astype(np.float32)


def ramp(shape: tuple[int, int], angle: float) -> Field:
    """Return a plane from -1 to 1 over the picture that rises in a direction, in radians."""
    down = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None] * np.float32(np.sin(angle))
    right = np.linspace(-1, 1, shape[1], dtype=np.float32)[None, :] * np.float32(np.cos(angle))
    plane = (down + right) / np.float32(abs(np.sin(angle)) + abs(np.cos(angle)))
    return plane.astype(np.float32)


def edge(distance: Field, width: float) -> Field:
    """Return a soft step from 0 at negative distances to 1 at positive ones, over a width."""
    soft: Field = np.clip(distance / np.float32(max(width, 1e-4)) + np.float32(0.5), 0, 1)
    return soft
