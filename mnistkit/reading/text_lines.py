"""Marks in lines, in the order they are read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnistkit.reading.marks import Mark

# All in heights of a usual digit.
NEIGHBOUR_GAP = 4.0
NEIGHBOUR_RISE = 0.5
LINE_RISE = 0.55
SPACE_GAP = 0.6
# Between the middles of neighbours at least.
MIN_STEP = 0.2

MAX_TILT = 0.25
TILT_BINS = 50
CLOSE_TILT = 0.04


def group(marks: Sequence[Mark], height: float) -> list[list[Mark]]:
    """Return lines from top to bottom, each from left to right.

    Args:
        marks: Digits.
        height: Of a usual digit, in pixels.
    """
    if not marks:
        return []
    places = np.array([mark.centre for mark in marks])
    tilt = _tilt(places, height)
    # y as it would be if lines were level.
    level = np.stack([places[:, 0], places[:, 1] - tilt * places[:, 0]], axis=1)
    chains = _chains(level, height)
    lines = _merged(chains, level, height)
    lines.sort(key=lambda line: float(level[line, 1].mean()))
    return [[marks[index] for index in line] for line in lines]


def text(line: Sequence[Mark], labels: Sequence[str], height: float) -> str:
    """The labels of a line, with a space where there is a gap."""
    characters = [labels[0]]
    for before, after, label in zip(line, line[1:], labels[1:], strict=False):
        gap = after.box[0] - (before.box[0] + before.box[2])
        characters.append(" " * (gap > SPACE_GAP * height) + label)
    return "".join(characters)


def _tilt(places: NDArray[np.float64], height: float) -> float:
    """How many pixels lines fall a pixel to the right: what most neighbours agree on."""
    across = places[None, :, 0] - places[:, None, 0]
    down = places[None, :, 1] - places[:, None, 1]
    near = (across > 0.3 * height) & (across < 8 * height)
    near &= np.abs(down) < MAX_TILT * across + 0.2 * height
    if not near.any():
        return 0.0
    slopes = np.clip(down[near] / across[near], -MAX_TILT, MAX_TILT)
    # Pairs far apart tell more precisely.
    weights = np.minimum(across[near], 3 * height)
    counts, edges = np.histogram(slopes, TILT_BINS, (-MAX_TILT, MAX_TILT), weights=weights)
    smooth = np.convolve(counts, [1, 2, 3, 2, 1], mode="same")
    peak = (edges[smooth.argmax()] + edges[smooth.argmax() + 1]) / 2
    close = np.abs(slopes - peak) < CLOSE_TILT
    return float(np.average(slopes[close], weights=weights[close])) if close.any() else float(peak)


def _chains(level: NDArray[np.float64], height: float) -> list[list[int]]:
    """Link each mark with its next neighbour to the right."""
    order = np.argsort(level[:, 0]).tolist()
    chains: list[list[int]] = []
    for index in order:
        x, y = level[index]
        best, best_cost = None, np.inf
        for chain in chains:
            before = level[chain[-1]]
            # The last few tell where the line runs better than the very last does.
            expected = float(np.mean(level[chain[-3:], 1]))
            gap, rise = x - before[0], abs(y - expected)
            if gap <= NEIGHBOUR_GAP * height and rise <= NEIGHBOUR_RISE * height:
                cost = rise + 0.1 * gap
                if cost < best_cost:
                    best, best_cost = chain, cost
        if best is None:
            chains.append([index])
        else:
            best.append(index)
    return chains


def _merged(chains: list[list[int]], level: NDArray[np.float64], height: float) -> list[list[int]]:
    """Join chains that are of one line, those that fit best first."""
    lines = list(chains)
    count = len(lines)
    rises = np.full((count, count), np.inf)
    for one in range(count):
        for other in range(one):
            rises[other, one] = _rise_between(lines[other], lines[one], level, height)
    while rises.size and rises.min() <= LINE_RISE * height:
        one, other = map(int, np.unravel_index(rises.argmin(), rises.shape))
        both = [*lines[one], *lines[other]]
        lines[one], lines[other] = sorted(both, key=lambda index: level[index, 0]), []
        rises[other], rises[:, other] = np.inf, np.inf
        for third, line in enumerate(lines):
            if line and third != one:
                place = (min(one, third), max(one, third))
                rises[place] = _rise_between(lines[one], line, level, height)
    return [line for line in lines if line]


def _rise_between(
    one: Sequence[int], other: Sequence[int], level: NDArray[np.float64], height: float
) -> float:
    """How far a chain is above or below another, in pixels; infinite where they overlap."""
    shorter, longer = sorted((one, other), key=len)
    short, long = level[list(shorter)], level[list(longer)]
    if np.abs(short[:, None, 0] - long[None, :, 0]).min() < MIN_STEP * height:
        return np.inf
    # The last few tell where a line runs better than the very last does.
    padded = np.pad(long[:, 1], 1, mode="edge")
    smooth = (padded[:-2] + padded[1:-1] + padded[2:]) / 3
    expected = np.interp(short[:, 0], long[:, 0], smooth)
    return float(np.abs(short[:, 1] - expected).mean())
