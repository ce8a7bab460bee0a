"""Which of the ink in a picture is the digit, and which is specks, lines and neighbours."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.preprocessing.components import Components, find_components
from mnistkit.core.preprocessing.ink import InkLevels

Region = tuple[slice, slice]
"""The rows and columns of something."""

# Shares of the strongest ink.
INK_SHARE = 0.2
FAINT_SHARE = 0.04
MAX_NOISE_SHARE = 0.4
NOISE_DEVIATIONS = 3
# The strongest ink: what this share of the pixels reaches, and at most so many, that a single
# one can't set it.
STRONGEST_SHARE = 1 / 200
MAX_STRONGEST = 8

# What touches the border and lies in this margin, as a share of the shorter side, is a line
# along the edge.
MARGIN = 0.1
MAX_INNER_SHARE = 0.2
# It is the digit only where there is nothing else.
LINE_WEIGHT = 0.001
# A piece belongs to the digit if it is long and near, or nearly touches it and is no speck;
# in shares of the digit's longer side, and of its ink.
PIECE_EXTENT, PIECE_GAP = 0.25, 0.25
CLOSE_GAP, CLOSE_MASS = 0.06, 0.03
MIN_PIECE_MASS = 0.01
MIN_INNER_SHARE = 0.6


def strongest(ink: InkLevels) -> float:
    """How strong the ink is where it is strong, in grey levels."""
    rank = ink.size - min(max(int(ink.size * STRONGEST_SHARE), 1), MAX_STRONGEST)
    return float(np.partition(ink.ravel(), rank)[rank])


def isolate(ink: InkLevels, *, far_pieces: bool = False) -> tuple[InkLevels, Region]:
    """Return the ink of the digit alone, cropped to it, and its place.

    Args:
        ink: Some of it above 0.
        far_pieces: Whether all that is no speck and no line along the edge belongs to it, as
            the dot of an i does, rather than what is near.
    """
    peak = strongest(ink)
    noise = min(NOISE_DEVIATIONS * _noise(ink), MAX_NOISE_SHARE * peak)
    ink = np.maximum(ink, 0)
    components = find_components(ink >= max(INK_SHARE * peak, noise), ink)
    kept = _pieces(components, ink.shape, far_pieces=far_pieces)
    box = _box(components, kept, ink.shape)
    dropped = components.mask(~kept, ink.shape)[box]
    cropped = np.where(_grown(dropped) & ~components.mask(kept, ink.shape)[box], 0, ink[box])
    cropped[cropped < max(noise, FAINT_SHARE * peak)] = 0
    return cropped[extent(cropped > 0)], box


def _noise(ink: InkLevels) -> float:
    """The standard deviation of the paper: as much of its noise is below 0 as above."""
    below = ink[ink < 0]
    return float(np.sqrt(np.mean(below**2))) if below.size else 0.0


def extent(mask: NDArray[np.bool_]) -> Region:
    """The rows and columns from the first to the last that has a True."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _pieces(parts: Components, shape: tuple[int, ...], *, far_pieces: bool) -> NDArray[np.bool_]:
    """Choose the component with most ink, nearer the middle more so, and what belongs to it."""
    inner, cut = _inner_share(parts, shape), _is_cut(parts, shape)
    line = cut & (inner < MAX_INNER_SHARE)
    weight = parts.mass * _centrality(parts, shape)
    main = int(np.where(line, LINE_WEIGHT * weight, weight).argmax())
    mass, extent = parts.mass / parts.mass[main], parts.extent / parts.extent[main]
    long = (extent >= PIECE_EXTENT) & ~(cut & (inner < MIN_INNER_SHARE))
    waiting = ~line & (mass > MIN_PIECE_MASS)
    chosen = np.zeros(len(mass), bool)
    joined = np.arange(len(mass)) == main
    if far_pieces:
        return np.asarray(waiting | joined)
    # What is joined brings others near.
    while joined.any():
        chosen |= joined
        gap = _gaps(parts, chosen) / parts.extent[main]
        near = (long & (gap <= PIECE_GAP)) | ((mass > CLOSE_MASS) & (gap <= CLOSE_GAP))
        joined = waiting & ~chosen & near
    return chosen


def _inner_share(parts: Components, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """The share of each component that is not in the picture's margin."""
    height, width = shape
    margin = max(1, round(MARGIN * min(shape)))
    return parts.share_within(margin, height - margin, margin, width - margin)


def _is_cut(parts: Components, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Whether each component touches the border."""
    ends = (parts.bottom == shape[0]) | (parts.right == shape[1])
    touching: NDArray[np.bool_] = (parts.top == 0) | (parts.left == 0) | ends
    return touching


def _centrality(parts: Components, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """1 for a component in the middle of the picture, down to 0.2 for one near the border."""
    height, width = shape
    off_centre = np.hypot(
        (parts.top + parts.bottom) / (2 * height) - 0.5,
        (parts.left + parts.right) / (2 * width) - 0.5,
    )
    return 1 - 0.8 * np.minimum(1.2 * off_centre, 1)


def _gaps(parts: Components, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """How far each component's box is from that of the chosen ones, the larger of both ways."""
    top, bottom = parts.top[chosen].min(), parts.bottom[chosen].max()
    left, right = parts.left[chosen].min(), parts.right[chosen].max()
    gaps = (parts.top - bottom, top - parts.bottom, parts.left - right, left - parts.right)
    largest: NDArray[np.float64] = np.max(gaps, axis=0).clip(0).astype(np.float64)
    return largest


def _box(parts: Components, kept: NDArray[np.bool_], shape: tuple[int, ...]) -> Region:
    """The box of what is kept, with a pixel around for its soft edge."""
    return (
        slice(max(parts.top[kept].min() - 1, 0), min(parts.bottom[kept].max() + 1, shape[0])),
        slice(max(parts.left[kept].min() - 1, 0), min(parts.right[kept].max() + 1, shape[1])),
    )


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """With all eight neighbours."""
    padded = np.pad(mask, 1)
    rows = padded[:-2] | padded[1:-1] | padded[2:]
    return rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:]
