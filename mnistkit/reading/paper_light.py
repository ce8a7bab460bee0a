"""The light of a page's paper, and how much of it the ink takes."""

from __future__ import annotations

import cv2
import numpy as np

from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.core.preprocessing.ink import InkLevels
from mnistkit.reading.table import find_table
from mnistkit.reading.views import View

# The paper under the ink is estimated in a copy of this size, in windows wider than any
# stroke: a share of the shorter side.
COARSE_SIDE, WINDOW_SHARE = 250, 1 / 7
# In a close-up, of the longer side: what is darker on so wide a place is a shadow.
CLOSE_UP_COARSE_SIDE, CLOSE_UP_WINDOW_SHARE = 64, 0.36


def absorbed(picture: GreyPicture, view: View) -> InkLevels:
    """The share of the paper's light that is missing, times 255; 0 off the sheet.

    Args:
        picture: uint8 (height, width), the view's or a copy of it.
        view: How to look at it.
    """
    coarse, paper = _close_up_paper(picture) if view.close_up else _paper(picture)
    size = picture.shape[::-1]
    light = np.maximum(cv2.resize(cv2.GaussianBlur(paper, (0, 0), 1.5), size), 1)
    ratio = np.asarray(cv2.divide(picture, light, scale=255, dtype=cv2.CV_32F), np.float32)
    ink: InkLevels = np.subtract(255, ratio, out=ratio)
    np.clip(ink, 0, 255, out=ink)
    # Where there is no light at all there is none to miss.
    ink[light <= 1] = 0
    if not (view.close_up or view.whole):
        off = cv2.resize(find_table(coarse).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        ink[off > 0] = 0
    return ink


def may_have_shadow(view: View) -> bool:
    """Whether something is taken for a table that could be a shadow on the sheet."""
    return not view.close_up and bool(find_table(_paper(view.picture)[0]).any())


def resized(picture: GreyPicture, scale: float) -> GreyPicture:
    """A copy of another size, at least a pixel."""
    height, width = picture.shape
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    if size == (width, height):
        return picture
    way = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.resize(picture, size, interpolation=way), np.uint8)


def _paper(picture: GreyPicture) -> tuple[GreyPicture, GreyPicture]:
    """A coarse copy, and the paper in it: what is light within a window."""
    coarse = resized(picture, min(COARSE_SIDE / max(picture.shape), 1))
    window = max(int(min(coarse.shape) * WINDOW_SHARE), 3) | 1
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (window, window))
    return coarse, np.asarray(cv2.morphologyEx(coarse, cv2.MORPH_CLOSE, kernel), np.uint8)


def _close_up_paper(picture: GreyPicture) -> tuple[GreyPicture, GreyPicture]:
    """The same for a close-up."""
    coarse = resized(picture, min(CLOSE_UP_COARSE_SIDE / max(picture.shape), 1))
    window = max(int(max(coarse.shape) * CLOSE_UP_WINDOW_SHARE), 3) | 1
    kernel = np.ones((window, window), np.uint8)
    return coarse, np.asarray(cv2.morphologyEx(coarse, cv2.MORPH_CLOSE, kernel), np.uint8)
