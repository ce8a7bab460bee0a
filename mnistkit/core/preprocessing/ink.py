"""Telling the ink of a picture from its paper: which is which, and how much of it is where."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mnistkit.core.preprocessing.grey import GreyPicture

InkLevels = NDArray[np.float32]
"""float32 (height, width): how much each pixel differs from the paper, in grey levels; what is
below 0 is noise."""

# Light and paper are smooth: they are looked at in a copy of this size.
COARSE_SIDE = 32
# A narrower picture is a digit cropped to its ink: its border says nothing of any light.
MIN_COARSE_SIDE = 12
# Pictures up to this size were cut out of others and are lit evenly.
MAX_EVEN_SIDE = 64

# All widths of grey levels are shares of the picture's contrast.
LEVEL_WIDTH = 0.12
EVEN_WIDTH = 0.03
# Of the border. With ink cut by the border more than half of it is still paper; under uneven
# light no level has so much.
LEVEL_SHARE = 0.5
EVEN_SHARE = 0.4
SURFACE_SHARE = 0.85
# Further in, where a line along the edge or the edge of a table is left outside.
INSETS = (0, 2, 4)
FITTING_ROUNDS = 5
# Wider than any stroke, as a share of the longer side: what is darker on so wide a place
# is a shadow.
STROKE_SHARE = 0.36
PAPER_QUANTILE = 0.3


@dataclass(frozen=True)
class Paper:
    """How a picture is to be read.

    Args:
        dark_ink: Whether the ink is darker than the paper.
        level: The grey level of the paper; None under uneven light.
    """

    dark_ink: bool
    level: float | None


def find_paper(picture: GreyPicture) -> Paper:
    """Look for the paper where it shows: at the border.

    Args:
        picture: uint8 (height, width) with some contrast.
    """
    coarse = _coarse(picture)
    low, high = float(coarse.min()), float(coarse.max())
    border = np.sort(_ring(coarse, 0))
    level, share = _commonest(border, LEVEL_WIDTH * (high - low))
    even = _commonest(border, EVEN_WIDTH * (high - low))[1] >= EVEN_SHARE
    if share < LEVEL_SHARE and not even and min(coarse.shape) >= MIN_COARSE_SIDE:
        return Paper(_is_dark_on_uneven(coarse), None)
    dark_ink = level > (low + high) / 2
    return Paper(dark_ink, level if even or max(picture.shape) <= MAX_EVEN_SIDE else None)


def ink_of(picture: GreyPicture, paper: Paper) -> InkLevels:
    """Return how far each pixel is from the paper, on the ink's side."""
    difference = picture.astype(np.float32)
    if paper.level is not None:
        difference -= np.float32(paper.level)
        return -difference if paper.dark_ink else difference
    if paper.dark_ink:
        difference = 255 - difference
    difference -= _local_paper(picture, dark_ink=paper.dark_ink)
    rank = int(difference.size * PAPER_QUANTILE)
    difference -= np.partition(difference.ravel(), rank)[rank]
    return difference


def reduced(picture: GreyPicture, side: int) -> GreyPicture:
    """Shrink by a whole factor to at most `side` pixels, which also evens out noise."""
    factor = -(-max(picture.shape) // side)
    return np.asarray(Image.fromarray(picture).reduce(factor)) if factor > 1 else picture


def _coarse(picture: GreyPicture) -> NDArray[np.float32]:
    return reduced(picture, COARSE_SIDE).astype(np.float32)


def _ring(values: NDArray[np.float32], inset: int) -> NDArray[np.float32]:
    """The pixels (or rows of values of pixels) this far from the border."""
    inner = values[inset : values.shape[0] - inset, inset : values.shape[1] - inset]
    return np.concatenate((inner[0], inner[-1], inner[1:-1, 0], inner[1:-1, -1]))


def _commonest(levels: NDArray[np.float32], width: float) -> tuple[float, float]:
    """Of sorted levels: the middle of the fullest stretch of this width, and its share."""
    counts = np.searchsorted(levels, levels + np.float32(width), side="right")
    counts -= np.arange(len(levels))
    first = int(counts.argmax())
    count = int(counts[first])
    return float(levels[first + count // 2]), count / len(levels)


def _is_dark_on_uneven(coarse: NDArray[np.float32]) -> bool:
    """Lay a smooth surface through the border, and see to which side the ink departs."""
    for inset in INSETS:
        surface, residuals = _smooth_surface(coarse, inset)
        difference = coarse - surface
        spread = float(np.ptp(difference))
        if (np.abs(residuals) < LEVEL_WIDTH * spread).mean() > SURFACE_SHARE:
            break
    inside = max(inset, INSETS[1])
    inner = difference[inside:-inside, inside:-inside]
    return bool(inner.max() + inner.min() < 0)


def _smooth_surface(
    coarse: NDArray[np.float32], inset: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Fit a quadratic surface to a ring, outliers counting little; and what it misses by."""
    terms = _quadratic_terms(*coarse.shape)
    ring, levels = _ring(terms, inset), _ring(coarse, inset)
    weights = np.ones_like(levels)
    for _ in range(FITTING_ROUNDS):
        weighted = ring * weights[:, None]
        # A little ridge keeps it solvable whatever the weights.
        factors = np.linalg.solve(
            weighted.T @ ring + 1e-3 * np.eye(terms.shape[2], dtype=np.float32),
            weighted.T @ levels,
        )
        residuals = levels - ring @ factors
        scale = 1.5 * np.median(np.abs(residuals)) + 0.5
        weights = 1 / (1 + (residuals / scale) ** 2)
    return terms @ factors, residuals


@lru_cache(64)
def _quadratic_terms(height: int, width: int) -> NDArray[np.float32]:
    """1, y, x, yx, y^2, x^2 at each pixel, with y and x in [-1, 1]."""
    rows, columns = np.mgrid[:height, :width]
    y, x = (2 * rows + 1) / height - 1, (2 * columns + 1) / width - 1
    return np.stack([np.ones_like(y), y, x, y * x, y * y, x * x], axis=-1).astype(np.float32)


def _local_paper(picture: GreyPicture, *, dark_ink: bool) -> NDArray[np.float32]:
    """The paper under the ink: a morphological opening, wider than the strokes."""
    coarse = reduced(picture, COARSE_SIDE)
    window = int(max(coarse.shape) * STROKE_SHARE) | 1
    opened = (
        Image.fromarray(255 - coarse if dark_ink else coarse)
        .filter(ImageFilter.MinFilter(window))
        .filter(ImageFilter.MaxFilter(window))
        .convert("F")
    )
    size = picture.shape[1], picture.shape[0]
    return np.asarray(opened.resize(size, Image.Resampling.BILINEAR))
