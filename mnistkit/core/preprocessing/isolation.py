"""Isolating the ink of one digit from specks, lines and neighbours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.preprocessing.components import Components, Region, find_components
from mnistkit.core.preprocessing.enclosures import find_rings, inside_canvas
from mnistkit.core.preprocessing.ink import MAX_CUT_OUT, InkLevels
from mnistkit.core.preprocessing.neighbours import has_neighbours
from mnistkit.core.preprocessing.rulings import find_rulings

# Shares of the strongest ink.
INK_SHARE = 0.2
FAINT_SHARE = 0.04
MAX_NOISE_SHARE = 0.4
NOISE_DEVIATIONS = 3
# The strongest ink is the level that this share of the pixels reaches, but at most 8 pixels; a
# single pixel would be noise.
STRONGEST_SHARE = 1 / 200
MAX_STRONGEST = 8

# A component that touches the border and lies in this margin (a share of the shorter side) is a
# line along the edge.
MARGIN = 0.1
MAX_INNER_SHARE = 0.2
# Such a line is the digit only if there is no other component.
LINE_WEIGHT = 0.001
# A piece belongs to the digit if it is long and near, or if it nearly touches it and is no speck.
# Extents and gaps are shares of the digit's longer side, masses of its ink.
PIECE_EXTENT, PIECE_GAP = 0.25, 0.25
CLOSE_GAP, CLOSE_MASS = 0.06, 0.03
MIN_PIECE_MASS = 0.01
MIN_INNER_SHARE = 0.6


def strongest(ink: InkLevels) -> float:
    """Return the level of the strongest ink, in grey levels."""
    rank = ink.size - min(max(int(ink.size * STRONGEST_SHARE), 1), MAX_STRONGEST)
    return float(np.partition(ink.ravel(), rank)[rank])


@dataclass(frozen=True)
class Isolated:
    """The digit of a picture.

    Args:
        ink: The ink of the digit alone, cropped to it.
        box: The region of the picture that it is from.
        canvas: The region inside, if the ink is a filled rectangle, such as a window's canvas.
        has_neighbours: Whether the picture holds another digit.
    """

    ink: InkLevels
    box: Region
    canvas: Region | None
    has_neighbours: bool


def isolate(ink: InkLevels, *, far_pieces: bool = False) -> Isolated:
    """Return the digit of a picture without specks, lines, frames and neighbours.

    Args:
        ink: At least one pixel is above 0.
        far_pieces: Whether distant pieces, such as the dot of an i, belong to it, unless they are
            specks or lines along the edge.
    """
    peak = strongest(ink)
    noise = min(NOISE_DEVIATIONS * _noise(ink), MAX_NOISE_SHARE * peak)
    ink = np.maximum(ink, 0)
    mask = ink >= max(INK_SHARE * peak, noise)
    rulings = _rulings(mask)
    components = find_components(mask & ~rulings, ink)
    cut, rings = _is_cut(components, ink.shape), find_rings(components, ink.shape)
    kept = _pieces(components, cut, rings, ink.shape, far_pieces=far_pieces)
    box = _box(components, kept, ink.shape)
    digit = components.mask(kept, ink.shape)[box]
    cropped = np.where(_grown(mask[box] & ~digit) & ~digit, 0, ink[box])
    cropped[cropped < max(noise, FAINT_SHARE * peak)] = 0
    largest = int(np.where(kept, components.mass, 0).argmax())
    canvas = inside_canvas(components, largest, ink.shape)
    several = max(ink.shape) > MAX_CUT_OUT and has_neighbours(components, kept, cut | rings)
    return Isolated(cropped[extent(cropped > 0)], box, canvas, several)


def _rulings(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the lines of ruled paper in a picture, if that leaves ink."""
    if max(mask.shape) > MAX_CUT_OUT:
        rulings = find_rulings(mask)
        if (mask & ~rulings).any():
            return rulings
    return np.zeros_like(mask)


def _noise(ink: InkLevels) -> float:
    """Return the standard deviation of the paper, from its pixels below 0."""
    below = ink[ink < 0]
    return float(np.sqrt(np.mean(below**2))) if below.size else 0.0


def extent(mask: NDArray[np.bool_]) -> Region:
    """Return the smallest region that holds every True of a mask."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    return slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)


def _pieces(
    parts: Components,
    cut: NDArray[np.bool_],
    rings: NDArray[np.bool_],
    shape: tuple[int, ...],
    *,
    far_pieces: bool,
) -> NDArray[np.bool_]:
    """Return which components are the digit: the largest central one and its pieces."""
    inner = _inner_share(parts, shape)
    line = (cut & (inner < MAX_INNER_SHARE)) | rings
    weight = parts.mass * _centrality(parts, shape)
    main = int(np.where(line, LINE_WEIGHT * weight, weight).argmax())
    mass, extent = parts.mass / parts.mass[main], parts.extent / parts.extent[main]
    long = (extent >= PIECE_EXTENT) & ~(cut & (inner < MIN_INNER_SHARE))
    waiting = ~line & (mass > MIN_PIECE_MASS)
    chosen = np.zeros(len(mass), bool)
    joined = np.arange(len(mass)) == main
    if far_pieces:
        return np.asarray(waiting | joined)
    # A joined piece may bring others near.
    while joined.any():
        chosen |= joined
        gap = _gaps(parts, chosen) / parts.extent[main]
        near = (long & (gap <= PIECE_GAP)) | ((mass > CLOSE_MASS) & (gap <= CLOSE_GAP))
        joined = waiting & ~chosen & near
    return chosen


def _inner_share(parts: Components, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the share of each component outside the picture's margin."""
    height, width = shape
    margin = max(1, round(MARGIN * min(shape)))
    return parts.share_within(margin, height - margin, margin, width - margin)


def _is_cut(parts: Components, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return whether each component touches the picture's border."""
    ends = (parts.bottom == shape[0]) | (parts.right == shape[1])
    touching: NDArray[np.bool_] = (parts.top == 0) | (parts.left == 0) | ends
    return touching


def _centrality(parts: Components, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """Return a weight for each component: 1 in the middle of the picture, 0.2 near the border."""
    height, width = shape
    off_centre = np.hypot(
        (parts.top + parts.bottom) / (2 * height) - 0.5,
        (parts.left + parts.right) / (2 * width) - 0.5,
    )
    return 1 - 0.8 * np.minimum(1.2 * off_centre, 1)


def _gaps(parts: Components, chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Return the gap between each component's box and that of the chosen ones, in pixels."""
    top, bottom = parts.top[chosen].min(), parts.bottom[chosen].max()
    left, right = parts.left[chosen].min(), parts.right[chosen].max()
    gaps = (parts.top - bottom, top - parts.bottom, parts.left - right, left - parts.right)
    largest: NDArray[np.float64] = np.max(gaps, axis=0).clip(0).astype(np.float64)
    return largest


def _box(parts: Components, kept: NDArray[np.bool_], shape: tuple[int, ...]) -> Region:
    """Return the region of the kept components, with one pixel around for the soft edge."""
    return (
        slice(max(parts.top[kept].min() - 1, 0), min(parts.bottom[kept].max() + 1, shape[0])),
        slice(max(parts.left[kept].min() - 1, 0), min(parts.right[kept].max() + 1, shape[1])),
    )


def _grown(mask: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return a mask that also covers the eight neighbours of each pixel."""
    padded = np.pad(mask, 1)
    rows = padded[:-2] | padded[1:-1] | padded[2:]
    return rows[:, :-2] | rows[:, 1:-1] | rows[:, 2:]
