"""Separating the ink of a picture from its paper."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from mnistkit.core.preprocessing.grey import GreyPicture

InkLevels = NDArray[np.float32]
"""float32 (height, width): each pixel's difference from the paper, in grey levels; noise is
below 0."""

# Pixels. Light and paper change slowly, so a copy of this size is enough.
COARSE_SIDE = 32
# A narrower picture is a digit cropped to its ink, whose border does not show the light.
MIN_COARSE_SIDE = 12
# Pictures up to this size were cut out of others and are lit evenly.
MAX_EVEN_SIDE = 64

# Widths of ranges of grey levels, as shares of the picture's contrast.
LEVEL_WIDTH = 0.12
EVEN_WIDTH = 0.03
# Shares of the border's pixels. Even if ink crosses the border, more than half of it is paper;
# under uneven light no range of levels has as much.
LEVEL_SHARE = 0.5
EVEN_SHARE = 0.4
SURFACE_SHARE = 0.85
# Pixels from the border; further in, a line along the edge or the edge of a table is left out.
INSETS = (0, 2, 4)
FITTING_ROUNDS = 5
# A dark area wider than this share of the longer side is a shadow; no stroke is as wide.
STROKE_SHARE = 0.36
PAPER_QUANTILE = 0.3


@dataclass(frozen=True)
class Paper:
    """What is known of a picture's paper.

    Args:
        dark_ink: Whether the ink is darker than the paper.
        level: Grey level of the paper, 0 to 255; None under uneven light.
    """

    dark_ink: bool
    level: float | None


def find_paper(picture: GreyPicture) -> Paper:
    """Return the paper of a picture, judged by its border.

    Args:
        picture: uint8 (height, width), not of a single grey level.
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
    """Return each pixel's difference from the paper, positive for ink."""
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
    """Return a picture reduced by a whole factor to at most `side` pixels a side."""
    factor = -(-max(picture.shape) // side)
    return np.asarray(Image.fromarray(picture).reduce(factor)) if factor > 1 else picture


def _coarse(picture: GreyPicture) -> NDArray[np.float32]:
    return reduced(picture, COARSE_SIDE).astype(np.float32)


def _ring(values: NDArray[np.float32], inset: int) -> NDArray[np.float32]:
    """Return the values at this distance from the border, in pixels."""
    inner = values[inset : values.shape[0] - inset, inset : values.shape[1] - inset]
    return np.concatenate((inner[0], inner[-1], inner[1:-1, 0], inner[1:-1, -1]))


def _commonest(levels: NDArray[np.float32], width: float) -> tuple[float, float]:
    """Return the level around which most sorted levels are, within a width, and their share."""
    counts = np.searchsorted(levels, levels + np.float32(width), side="right")
    counts -= np.arange(len(levels))
    first = int(counts.argmax())
    count = int(counts[first])
    return float(levels[first + count // 2]), count / len(levels)


def _is_dark_on_uneven(coarse: NDArray[np.float32]) -> bool:
    """Return whether ink is darker than a smooth surface fitted to the border."""
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
    """Return a quadratic surface fitted robustly to a ring, and the residuals on the ring."""
    terms = _quadratic_terms(*coarse.shape)
    ring, levels = _ring(terms, inset), _ring(coarse, inset)
    weights = np.ones_like(levels)
    for _ in range(FITTING_ROUNDS):
        weighted = ring * weights[:, None]
        # The ridge keeps the system solvable for any weights.
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
    """Return 1, y, x, yx, y^2, x^2 at each pixel, with y and x in [-1, 1]."""
    rows, columns = np.mgrid[:height, :width]
    y, x = (2 * rows + 1) / height - 1, (2 * columns + 1) / width - 1
    return np.stack([np.ones_like(y), y, x, y * x, y * y, x * x], axis=-1).astype(np.float32)


def _local_paper(picture: GreyPicture, *, dark_ink: bool) -> NDArray[np.float32]:
    """Return the paper without the ink: a morphological opening, wider than the strokes."""
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
