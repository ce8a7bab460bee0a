"""Recognizing what encloses a digit: a drawn frame or circle, a canvas in a window."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.preprocessing.components import Components, Region

# Least extent of what is enclosed, as a share of what encloses it.
INSIDE_EXTENT = 0.25
# Only so many of the largest components are looked at.
MOST_LOOKED_AT = 3
# Radius of an ellipse in the component's box, as a share of the box. Nearly all of a frame or a
# circle is outside of it, in nearly all directions.
HOLLOW, RING_SHARE = 0.7, 0.95
DIRECTIONS, MOST_OPEN = 12, 1
# Shares of a canvas's box that it fills, of each side of the box, and of the picture.
FILLED, SIDE, LARGE = 0.7, 0.9, 0.1
# Pixels in which a side may vary.
SIDE_WIDTH = 2


def find_rings(parts: Components, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return which components are frames or circles around another, bool (n,)."""
    rings = np.zeros(len(parts.mass), bool)
    for index in np.argsort(-parts.extent, kind="stable")[:MOST_LOOKED_AT]:
        rings[index] = _encloses(parts, index) and _is_ring(parts, index, shape)
    return rings


def inside_canvas(parts: Components, index: int, shape: tuple[int, ...]) -> Region | None:
    """Return the region within a component that is a filled rectangle; None if it is none."""
    box = parts.box(index)
    height, width = (place.stop - place.start for place in box)
    if min(height, width) <= 4 * SIDE_WIDTH or height * width < LARGE * shape[0] * shape[1]:
        return None
    mask = _mask_in_box(parts, index, shape)
    ends = (mask[:SIDE_WIDTH], mask[-SIDE_WIDTH:], mask.T[:SIDE_WIDTH], mask.T[-SIDE_WIDTH:])
    if mask.mean() < FILLED or min(end.any(axis=0).mean() for end in ends) < SIDE:
        return None
    rows, columns = (slice(place.start + SIDE_WIDTH, place.stop - SIDE_WIDTH) for place in box)
    return rows, columns


def _encloses(parts: Components, index: int) -> bool:
    """Return whether a component that is not small lies in this one's box."""
    within = (parts.top > parts.top[index]) & (parts.bottom < parts.bottom[index])
    within &= (parts.left > parts.left[index]) & (parts.right < parts.right[index])
    return bool((within & (parts.extent >= INSIDE_EXTENT * parts.extent[index])).any())


def _mask_in_box(parts: Components, index: int, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    return parts.mask(np.arange(len(parts.mass)) == index, shape)[parts.box(index)]


def _is_ring(parts: Components, index: int, shape: tuple[int, ...]) -> bool:
    mask = _mask_in_box(parts, index, shape)
    rows, columns = np.nonzero(mask)
    y, x = (2 * rows + 1) / mask.shape[0] - 1, (2 * columns + 1) / mask.shape[1] - 1
    if (np.hypot(x, y) >= HOLLOW).mean() < RING_SHARE:
        return False
    directions = ((np.arctan2(y, x) / np.pi + 1) / 2 * DIRECTIONS).astype(int) % DIRECTIONS
    return len(np.unique(directions)) >= DIRECTIONS - MOST_OPEN
