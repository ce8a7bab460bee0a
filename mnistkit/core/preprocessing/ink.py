"""Separating the ink of a picture from its paper."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.preprocessing.crops import is_digit
from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.core.preprocessing.light import coarse_of, smooth_light, without_strokes

InkLevels = NDArray[np.float32]
"""float32 (height, width): each pixel's difference from the paper, in grey levels; noise is
below 0."""

# A narrower picture is a digit cropped to its ink, whose border does not show the light.
MIN_COARSE_SIDE = 12
# Pixels. Pictures up to this side were cut out of others: they are lit evenly, and lines in them
# are along an edge.
MAX_CUT_OUT = 64

# Widths of ranges of grey levels, as shares of the picture's contrast.
LEVEL_WIDTH = 0.12
EVEN_WIDTH = 0.03
# Shares of the border's pixels. Even if ink crosses the border of a small picture, more than half
# of it is paper; under uneven light no range of levels has as much.
LEVEL_SHARE = 0.5
EVEN_SHARE = 0.4
# Share of the shorter side; a line along the edge or the edge of a table is in this margin.
LIGHT_MARGIN = 1 / 16
# Share of the pixels that are strongest, on either side of the paper.
STRONGEST_SHARE = 1 / 200
PAPER_QUANTILE = 0.3


@dataclass(frozen=True)
class Paper:
    """What is known of a picture's paper.

    Args:
        dark_ink: Whether the ink is darker than the paper.
        level: Grey level of the paper, 0 to 255; under uneven light that at each pixel, float32
            (height, width).
    """

    dark_ink: bool
    level: float | NDArray[np.float32]

    @property
    def even(self) -> bool:
        """Whether the paper has one level everywhere."""
        return isinstance(self.level, float)


def find_paper(picture: GreyPicture) -> Paper:
    """Return the paper of a picture, judged by its border.

    Args:
        picture: uint8 (height, width), not of a single grey level.
    """
    coarse = coarse_of(picture)
    low, high = float(coarse.min()), float(coarse.max())
    border = np.sort(_border(coarse))
    level, share = _commonest(border, LEVEL_WIDTH * (high - low))
    even = _commonest(border, EVEN_WIDTH * (high - low))[1] >= EVEN_SHARE
    small = max(picture.shape) <= MAX_CUT_OUT and share >= LEVEL_SHARE
    if even or small or min(coarse.shape) < MIN_COARSE_SIDE:
        return _even(coarse, level)
    return _uneven(picture)


def ink_of(picture: GreyPicture, paper: Paper) -> InkLevels:
    """Return each pixel's difference from the paper, positive for ink."""
    difference = np.subtract(picture, paper.level, dtype=np.float32)
    if paper.dark_ink:
        difference = -difference
    if paper.even:
        return difference
    # Shadows are no ink. Without the smooth light the end of a ramp would look like a line.
    difference -= without_strokes(difference)
    rank = int(difference.size * PAPER_QUANTILE)
    difference -= np.partition(difference.ravel(), rank)[rank]
    return difference


def _border(values: NDArray[Any]) -> NDArray[Any]:
    return np.concatenate((values[0], values[-1], values[1:-1, 0], values[1:-1, -1]))


def _commonest(levels: NDArray[np.float32], width: float) -> tuple[float, float]:
    """Return the level around which most sorted levels are, within a width, and their share."""
    counts = np.searchsorted(levels, levels + np.float32(width), side="right")
    counts -= np.arange(len(levels))
    first = int(counts.argmax())
    count = int(counts[first])
    return float(levels[first + count // 2]), count / len(levels)


def _even(coarse: NDArray[np.float32], level: float) -> Paper:
    """Return the paper of a picture whose border mostly has this level."""
    low, high = float(coarse.min()), float(coarse.max())
    middle = (low + high) / 2
    is_light = level > middle
    like_border = (coarse > middle) == is_light
    if is_digit(like_border, _border(like_border)):
        return Paper(not is_light, low if is_light else high)
    return Paper(is_light, level)


def _uneven(picture: GreyPicture) -> Paper:
    """Return the paper of a picture in uneven light; its strongest strokes are ink."""
    light = smooth_light(picture)
    difference = picture - light
    margin = round(LIGHT_MARGIN * min(picture.shape))
    inner = np.sort(difference[margin:-margin, margin:-margin], axis=None)
    count = max(int(inner.size * STRONGEST_SHARE), 1)
    return Paper(bool(inner[-count] + inner[count - 1] < 0), light)
