"""Smooth noise, of which paper, ink and wood are made."""

from __future__ import annotations

import cv2
import numpy as np
from handwriting.glyphs import Field
from handwriting.style import Random


def clouds(random: Random, shape: tuple[int, int], high: float, wide: float | None = None) -> Field:
    """Return noise of mean 0 and deviation near 1, its blots so many pixels high and wide."""
    coarse = max(2, int(shape[0] / high)), max(2, int(shape[1] / (wide or high)))
    noise = random.standard_normal(coarse, dtype=np.float32)
    return cv2.resize(noise, shape[::-1], interpolation=cv2.INTER_CUBIC)


def stripes(length: int, first: float, pitch: float, width: float) -> Field:
    """Return lines across one axis: 1 on a line, 0 between."""
    away = np.abs((np.arange(length) - first + pitch / 2) % pitch - pitch / 2)
    return np.clip(width / 2 + 0.5 - away, 0, 1).astype(np.float32)
