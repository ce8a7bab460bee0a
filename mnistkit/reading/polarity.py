"""Whether the ink of a page is darker than its paper."""

from __future__ import annotations

import cv2
import numpy as np

from mnistkit.core.preprocessing.grey import GreyPicture

# Strokes still show in a copy of this size.
SIDE = 800
# Of the shorter side: strokes are narrower.
WINDOW_SHARE = 1 / 5
# So much of a picture has most contrast.
INKED_SHARE = 0.4
# Beyond these shares it is sure: 0.50 to 0.95 of a page of dark ink are light.
SURELY_LIGHT_INK, SURELY_DARK_INK = 0.4, 0.6


def polarities(picture: GreyPicture) -> list[GreyPicture]:
    """Return the picture with its ink dark: one way, or both where that is not sure.

    Around strokes there is more paper than ink: where there is contrast, it is the paper that
    most of the surroundings are like.

    Args:
        picture: uint8 (height, width), dark ink on light paper or light on dark.
    """
    light = _light_share(picture)
    if light >= SURELY_DARK_INK:
        return [picture]
    inverted: GreyPicture = np.subtract(255, picture)
    if light <= SURELY_LIGHT_INK:
        return [inverted]
    return (
        [picture, inverted]
        if light >= (SURELY_LIGHT_INK + SURELY_DARK_INK) / 2
        else [inverted, picture]
    )


def _light_share(picture: GreyPicture) -> float:
    """How much of the surroundings of strokes is nearer to their lightest than their darkest."""
    factor = max(1.0, max(picture.shape) / SIDE)
    size = tuple(max(round(side / factor), 1) for side in picture.shape[::-1])
    small = cv2.GaussianBlur(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), (0, 0), 1)
    window = max(int(min(small.shape) * WINDOW_SHARE), 3) | 1
    kernel = np.ones((window, window), np.uint8)
    lightest = cv2.dilate(small, kernel).astype(np.float32)
    darkest = cv2.erode(small, kernel).astype(np.float32)
    contrast = lightest - darkest
    weights = np.square(contrast) * (contrast >= np.quantile(contrast, 1 - INKED_SHARE))
    light = 2.0 * small > lightest + darkest
    return float(weights[light].sum() / weights.sum()) if weights.any() else 1.0
