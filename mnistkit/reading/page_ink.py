"""The ink of a page: how much darker each place is than the paper under it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistkit.core.preprocessing.ink import InkLevels
from mnistkit.reading.paper_light import absorbed, resized
from mnistkit.reading.printed_lines import without_lines
from mnistkit.reading.views import View

# Paper around a close-up, a share of its longer side.
CLOSE_UP_MARGIN = 1.0
NOISE_DEVIATIONS = 4.5
MIN_INK = 9.0
# Paper without noise has none to measure.
MAX_FLOOR = 45.0
# Of Otsu's threshold between the faint and the strong of what stands out: the soft edges of
# strokes belong to them.
THRESHOLD_SHARE = 0.75
THRESHOLD_ROUNDS = 4
# Of the longer side of the picture.
MAX_EXTENT = 0.3
MAX_CUT_EXTENT = 0.04
# How far what is no writing spreads, in pixels of the sample.
FOREIGN_SPREAD = 9


@dataclass(frozen=True)
class PageInk:
    """A page as it is read, in a copy of another size.

    Args:
        ink: float32 (height, width), 0 to 255: the share of the light the ink takes.
        smooth: The same, with the grain of paper, pencil and sensor evened out.
        floor: Less of the smooth ink may be noise.
        scale: Pixels of the copy for one of the picture.
        corner: x and y of the first pixel in the copy.
    """

    ink: InkLevels
    smooth: InkLevels
    floor: float
    scale: float
    corner: tuple[int, int] = (0, 0)


def find_ink(view: View, scale: float, smoothing: float) -> PageInk:
    """Tell the ink from the paper, under any light.

    Args:
        view: A picture, and how to look at it.
        scale: Of the copy that is made.
        smoothing: The deviation of the smoothing, in pixels of the copy.
    """
    sized = resized(view.picture, scale)
    margin = round(CLOSE_UP_MARGIN * max(sized.shape)) if view.close_up else 0
    ink: InkLevels = np.pad(absorbed(sized, view), margin)
    smooth = np.asarray(cv2.GaussianBlur(ink, (0, 0), smoothing), np.float32)
    return PageInk(ink, smooth, _floor(smooth), scale, (-margin, -margin))


def cropped(page: PageInk, left: int, top: int, right: int, bottom: int) -> PageInk:
    """A part of a page; all limits in pixels of its copy."""
    region = np.s_[max(top, 0) : max(bottom, 1), max(left, 0) : max(right, 1)]
    corner = (page.corner[0] + max(left, 0), page.corner[1] + max(top, 0))
    return replace(page, ink=page.ink[region], smooth=page.smooth[region], corner=corner)


def without_ruling(page: PageInk, level: float, length: float) -> PageInk:
    """Take printed lines off a page; see `without_lines`."""
    smooth = without_lines(page.smooth, level, length)
    ink = np.where(smooth < page.smooth, np.minimum(smooth, page.ink), page.ink)
    return replace(page, ink=ink, smooth=smooth)


def _floor(smooth: InkLevels) -> float:
    sample = smooth[::2, ::2]
    sample = sample[sample > 0] if sample.any() else sample
    middle = float(np.median(sample))
    noise = 1.48 * float(np.median(np.abs(sample - middle)))
    return float(np.clip(middle + NOISE_DEVIATIONS * noise, MIN_INK, MAX_FLOOR))


def find_level(page: PageInk) -> float:
    """Find the level of smooth ink that parts ink from paper where nothing else is known.

    What is large or runs off the picture is no writing (the edge of a sheet, a table, a
    finger) and must not decide: it is left out, and the level found again.
    """
    # A smaller copy tells as much.
    sample = page.smooth[::2, ::2].copy()
    level = page.floor
    for _ in range(THRESHOLD_ROUNDS):
        strong = sample[sample > page.floor]
        if not strong.size:
            break
        levels = np.rint(strong).astype(np.uint8)
        between, _ = cv2.threshold(levels, 0, 255, cv2.THRESH_BINARY | cv2.THRESH_OTSU)
        level = max(page.floor, THRESHOLD_SHARE * between)
        foreign = _foreign(sample >= level)
        if not foreign.any():
            break
        sample[foreign] = 0
    return level


def _foreign(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Where parts are that are too large for a digit, or long and cut by the border."""
    height, width = mask.shape
    _, parts, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    left, top, across, down, _ = statistics.T
    cut = (left == 0) | (top == 0) | (left + across == width) | (top + down == height)
    longer = np.maximum(across, down) / max(mask.shape)
    foreign = (longer > MAX_EXTENT) | (cut & (longer > MAX_CUT_EXTENT))
    foreign[0] = False
    kernel = np.ones((FOREIGN_SPREAD, FOREIGN_SPREAD), np.uint8)
    return cv2.dilate(foreign[parts].astype(np.uint8), kernel) > 0
