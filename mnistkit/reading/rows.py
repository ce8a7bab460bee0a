"""The boxes of digits on a page, in rows, in the order they are read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.float64]
"""float64 (n, 4): left, top, width and height, in pixels."""

# A digit's usual height is the median over so many of the nearest digits.
NEIGHBOURS = 9
# In usual heights: how far apart, and how much higher or lower, a neighbour in a row may be.
NEIGHBOUR_GAP = 4.0
NEIGHBOUR_RISE = 0.5
ROW_RISE = 0.55
# The least step between the centres of two digits of a row.
MIN_STEP = 0.2
# The steepest row, in pixels down a pixel to the right.
MAX_SLOPE = 0.25
SLOPE_BINS = 50
CLOSE_SLOPE = 0.04
LIKELY_SLOPE = 0.12
LIKELY_STEP = 1.0


def group_rows(boxes: Boxes) -> list[list[int]]:
    """Return the rows from top to bottom, each as indices of its boxes from left to right."""
    if not len(boxes):
        return []
    heights = usual_heights(boxes)
    centres = boxes[:, :2] + boxes[:, 2:] / 2
    slope = _find_slope(centres, heights)
    level = np.stack([centres[:, 0], centres[:, 1] - slope * centres[:, 0]], axis=1)
    rows = _join_chains(_chain(level, heights), level, heights)
    return sorted(rows, key=lambda row: float(level[row, 1].mean()))


def usual_heights(boxes: Boxes) -> NDArray[np.float64]:
    """Return the median height around each box, float64 (n,), in pixels."""
    centres = boxes[:, :2] + boxes[:, 2:] / 2
    distances = np.square(centres[:, None] - centres[None]).sum(axis=2)
    nearest = np.argsort(distances, axis=1)[:, :NEIGHBOURS]
    return np.asarray(np.median(boxes[nearest, 3], axis=1))


def _find_slope(centres: NDArray[np.float64], heights: NDArray[np.float64]) -> float:
    """Return the slope that most pairs of neighbours agree on."""
    across = centres[None, :, 0] - centres[:, None, 0]
    down = centres[None, :, 1] - centres[:, None, 1]
    height = heights[:, None]
    near = (across > 0.3 * height) & (across < 8 * height)
    near &= np.abs(down) < MAX_SLOPE * across + 0.2 * height
    if not near.any():
        return 0.0
    slopes = np.clip(down[near] / across[near], -MAX_SLOPE, MAX_SLOPE)
    steps = (across / height)[near]
    # Pairs far apart may belong to different rows, and rows are seldom steep.
    weights = np.exp(-steps / LIKELY_STEP - np.square(slopes / LIKELY_SLOPE))
    counts, edges = np.histogram(slopes, SLOPE_BINS, (-MAX_SLOPE, MAX_SLOPE), weights=weights)
    smooth = np.convolve(counts, [1, 2, 3, 2, 1], mode="same")
    peak = (edges[smooth.argmax()] + edges[smooth.argmax() + 1]) / 2
    close = np.abs(slopes - peak) < CLOSE_SLOPE
    # Of one row, pairs far apart are more precise.
    weights = np.minimum(steps, 3)[close]
    return float(np.average(slopes[close], weights=weights)) if close.any() else float(peak)


def _chain(level: NDArray[np.float64], heights: NDArray[np.float64]) -> list[list[int]]:
    """Link each box with its nearest neighbour on the left."""
    chains: list[list[int]] = []
    # Of each chain: where its last box is, the mean level of its last few, and the last height.
    ends = np.empty((len(level), 3))
    for index in np.argsort(level[:, 0]).tolist():
        costs = _costs(ends[: len(chains)], level[index], float(heights[index]))
        best = int(np.argmin(costs)) if len(costs) else -1
        if best < 0 or np.isinf(costs[best]):
            best = len(chains)
            chains.append([])
        chains[best].append(index)
        # The mean of the last few is steadier than the last one.
        ends[best] = level[index, 0], level[chains[best][-3:], 1].mean(), heights[index]
    return chains


def _costs(
    ends: NDArray[np.float64], place: NDArray[np.float64], height: float
) -> NDArray[np.float64]:
    """Return how badly a box continues each chain; infinite where it doesn't."""
    gaps, rises = place[0] - ends[:, 0], np.abs(place[1] - ends[:, 1])
    larger = np.maximum(ends[:, 2], height)
    near = (gaps <= NEIGHBOUR_GAP * larger) & (rises <= NEIGHBOUR_RISE * larger)
    return np.where(near, (rises + 0.1 * gaps) / larger, np.inf)


def _join_chains(
    chains: list[list[int]], level: NDArray[np.float64], heights: NDArray[np.float64]
) -> list[list[int]]:
    """Join chains of one row, the closest ones first."""
    rows = list(chains)
    spans = np.array([_span(row, level) for row in rows])
    rises: dict[tuple[int, int], float] = {}

    def add(one: int) -> None:
        for other in _near(spans, one, ROW_RISE * float(heights.max())):
            pair = min(one, other), max(one, other)
            rise = _rise_between(rows[pair[0]], rows[pair[1]], level, heights)
            if rise <= ROW_RISE:
                rises[pair] = rise

    for one in range(len(rows)):
        add(one)
    while rises:
        one, other = min(rises, key=lambda pair: (rises[pair], pair))
        both = [*rows[one], *rows[other]]
        rows[one], rows[other] = sorted(both, key=lambda index: level[index, 0]), []
        spans[one], spans[other] = _span(rows[one], level), np.inf
        for pair in [pair for pair in rises if {one, other} & {*pair}]:
            del rises[pair]
        add(one)
    return [row for row in rows if row]


def _span(row: Sequence[int], level: NDArray[np.float64]) -> tuple[float, float]:
    """Return the highest and the lowest level of a chain."""
    levels = level[list(row), 1]
    return float(levels.min()), float(levels.max())


def _near(spans: NDArray[np.float64], one: int, reach: float) -> list[int]:
    """Return the chains whose levels come as near to those of one: the others are of other rows."""
    top, bottom = spans[one]
    near = (spans[:, 0] <= bottom + reach) & (spans[:, 1] >= top - reach)
    near[one] = False
    return np.flatnonzero(near).tolist()


def _rise_between(
    one: Sequence[int],
    other: Sequence[int],
    level: NDArray[np.float64],
    heights: NDArray[np.float64],
) -> float:
    """Return how far a chain is above or below another, in heights; infinite where they overlap."""
    shorter, longer = sorted((one, other), key=len)
    short, long = level[list(shorter)], level[list(longer)]
    height = float(heights[[*one, *other]].mean())
    if np.abs(short[:, None, 0] - long[None, :, 0]).min() < MIN_STEP * height:
        return np.inf
    padded = np.pad(long[:, 1], 1, mode="edge")
    smooth = (padded[:-2] + padded[1:-1] + padded[2:]) / 3
    expected = np.interp(short[:, 0], long[:, 0], smooth)
    return float(np.abs(short[:, 1] - expected).mean()) / height
