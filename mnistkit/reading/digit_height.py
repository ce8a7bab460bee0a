"""How high a usual digit of a page is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnistkit.reading.marks import Mark

SURE = 0.8
# Of the height; many a scratch looks like a narrow digit.
NARROW = 0.35
NARROW_WEIGHT = 0.3
ALONE_WEIGHT = 0.25
MAX_NEIGHBOURS = 3
# Heights within this factor are of one hand.
ALIKE = 1.35
# How far a neighbour in a line is, from middle to middle, in heights.
REACH, RISE = 2.5, 0.6


def usual_height(marks: Sequence[Mark]) -> float | None:
    """The height most marks that are surely digits agree on, the taller counting more.

    Returns:
        Pixels; None where nothing surely is a digit.
    """
    sure = [mark for mark in marks if mark.confidence >= SURE]
    if not sure:
        return None
    heights = np.array([mark.height for mark in sure], float)
    narrow = np.array([mark.width <= NARROW * mark.height for mark in sure])
    weights = np.where(narrow, NARROW_WEIGHT, 1) * heights
    weights *= ALONE_WEIGHT + np.minimum(neighbours(sure), MAX_NEIGHBOURS)
    ratios = heights[None] / heights[:, None]
    alike = (ratios < ALIKE) & (ratios > 1 / ALIKE)
    chosen = alike[int((alike * weights).sum(axis=1).argmax())]
    order = np.argsort(np.where(chosen, heights, np.inf))
    share = np.cumsum(np.where(chosen, weights, 0)[order]) / weights[chosen].sum()
    return float(heights[order[np.searchsorted(share, 0.5)]])


def neighbours(marks: Sequence[Mark]) -> NDArray[np.intp]:
    """How many marks of like height each has beside it, int (marks,)."""
    places = np.array([mark.centre for mark in marks]).reshape(-1, 2)
    heights = np.array([mark.height for mark in marks], float)
    common = np.sqrt(heights[:, None] * heights[None])
    across, down = np.abs(places[:, None] - places[None]).transpose(2, 0, 1)
    ratios = heights[:, None] / heights[None]
    near = (across < REACH * common) & (down < RISE * common)
    near &= (ratios < 1.5 * ALIKE) & (ratios > 1 / (1.5 * ALIKE))
    np.fill_diagonal(near, val=False)
    counts: NDArray[np.intp] = near.sum(axis=1)
    return counts
