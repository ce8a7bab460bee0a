"""The skeleton of a mark: polylines along the middle of its strokes."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
"""float64 (n, 2): x and y, down."""

# A pixel's neighbours, clockwise from above: rows and columns.
RING = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))
BLOCK = np.ones((3, 3), np.uint8)
# The neighbours of a pixel inside a thinned stroke; a crossing has more.
STRAIGHT = 2
# Shorter branches, in pixels, come from the ink's ragged edge.
SPUR = 6
# The greatest distance of neighbouring pixels.
NEXT = 1.5
# Deviation and radius, in pixels, of the smoothing.
STAIRS, REACH = 1.5, 4


def skeleton(ink: NDArray[np.bool_]) -> tuple[Points, ...]:
    """Return the polylines along the middle of a mark's strokes, in pixels."""
    wide = np.pad(ink, 1)
    return tuple(path - 1.0 for path in _trace(thin(wide)))


def thin(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return strokes thinned to a width of one pixel; the outermost pixels must be empty.

    Reference:
        Zhang, Suen: A fast parallel algorithm for thinning digital patterns. 1984.
    """
    kept = ink.astype(np.uint8)
    before = -1
    while before != (before := int(kept.sum())):
        for removable in _removable():
            kept[1:-1, 1:-1] &= ~removable[_ring_codes(kept)]
    return kept.astype(bool)


def _ring_codes(kept: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Return the neighbours of each inner pixel as bits, uint8 (height - 2, width - 2)."""
    high, wide = kept.shape
    codes = np.zeros((high - 2, wide - 2), np.uint8)
    for bit, (row, column) in enumerate(RING):
        part = kept[1 + row : high - 1 + row, 1 + column : wide - 1 + column]
        codes |= part << np.uint8(bit)
    return codes


@cache
def _removable() -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return 1 for each of the 256 neighbourhoods whose pixel is removable, for both half steps."""
    bits = (np.arange(256)[:, None] >> np.arange(8)) & 1
    begins = ((bits == 0) & (np.roll(bits, -1, axis=1) == 1)).sum(axis=1)
    count = bits.sum(axis=1)
    edge = np.isin(count, range(2, 7)) & (begins == 1)
    halves = []
    for first, second in (((0, 2, 4), (2, 4, 6)), ((0, 2, 6), (0, 4, 6))):
        within = bits[:, first].all(axis=1) | bits[:, second].all(axis=1)
        halves.append((edge & ~within).astype(np.uint8))
    return halves[0], halves[1]


def _trace(thinned: NDArray[np.bool_]) -> list[Points]:
    """Return the paths between the ends and the crossings of a thinned mark."""
    ink = thinned.astype(np.uint8)
    around = cv2.filter2D(ink, -1, BLOCK, borderType=cv2.BORDER_CONSTANT) - ink
    ends = _places(thinned & (around == 1))
    left = set(_places(thinned))
    whole = len(left)
    crossings = set(_places(thinned & (around > STRAIGHT)))
    paths = []
    for start in (*ends, *_places(thinned)):
        if start in left:
            path = _walk(start, left)
            if len(path) > SPUR or whole <= SPUR or not crossings:
                paths.append(np.array(_joined(path, crossings), float)[:, ::-1])
    return paths


def _places(chosen: NDArray[np.bool_]) -> list[tuple[int, int]]:
    rows, columns = np.nonzero(chosen)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))


def _neighbours(place: tuple[int, int], among: set[tuple[int, int]]) -> list[tuple[int, int]]:
    row, column = place
    # Straight steps before diagonal ones, so that a path does not jump over a corner.
    around = (
        (row - 1, column),
        (row, column + 1),
        (row + 1, column),
        (row, column - 1),
        (row - 1, column + 1),
        (row + 1, column + 1),
        (row + 1, column - 1),
        (row - 1, column - 1),
    )
    return [other for other in around if other in among]


def _walk(start: tuple[int, int], left: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return a path from `start`, as straight as possible; its pixels are removed from `left`."""
    path = [start]
    left.remove(start)
    while near := _neighbours(path[-1], left):
        before = path[max(0, len(path) - 5)]
        row, column = path[-1]
        ahead = (row - before[0], column - before[1])
        following = max(near, key=lambda p: (p[0] - row) * ahead[0] + (p[1] - column) * ahead[1])
        path.append(following)
        left.remove(following)
    return path


def _joined(path: list[tuple[int, int]], crossings: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return a path extended to an adjacent loop start or crossing at each end."""
    ends = []
    for end in (path[0], path[-1]):
        near = _neighbours(end, crossings | {path[0], path[-1]})
        far = [place for place in near if len(path) > SPUR and place not in path[1:4] + path[-4:-1]]
        ends.append(far[:1])
    return [*ends[0], *path, *ends[1]]


def smoothed(path: Points, spacing: float) -> Points:
    """Return a smooth path, its points about `spacing` pixels apart."""
    if len(path) <= REACH:
        return path
    closed = bool(np.hypot(*(path[0] - path[-1])) < NEXT)
    mode = cv2.BORDER_WRAP if closed else cv2.BORDER_REPLICATE
    padded = cv2.copyMakeBorder(path, REACH, REACH, 0, 0, mode)
    soft = cv2.GaussianBlur(padded, (1, 2 * REACH + 1), sigmaX=1, sigmaY=STAIRS)[REACH:-REACH]
    if not closed:
        soft[0], soft[-1] = path[0], path[-1]
    chosen = np.linspace(0, len(soft) - 1, max(3, int(len(soft) / spacing))).round().astype(int)
    thinned_out = soft[chosen]
    return np.vstack([thinned_out, thinned_out[:1]]) if closed else thinned_out
