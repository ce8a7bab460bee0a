"""Strokes that belong to a digit in some regions only.

MNIST's writers are American: few of their ones have an upstroke, and few of their sevens a bar.
In much of Europe and Latin America nearly all have them.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.image_batches import SIDE, FloatImages

Points = NDArray[np.float32]
"""float32 (n, 2), row and column."""

# Pixels above this belong to a stroke.
INKED = 0.5
# Share of the changed ones that get a foot, and of the changed sevens that get a bar, not a tick.
FOOTED = 0.2
BARRED = 0.65


def draw_segments(starts: Points, ends: Points, widths: NDArray[np.floating[Any]]) -> FloatImages:
    """Return black images with one straight anti-aliased stroke each.

    Args:
        starts: Start of each stroke.
        ends: End of each stroke.
        widths: Width of each stroke in pixels, float (n,).
    """
    axis = np.arange(SIDE, dtype=np.float32)
    way = ends - starts
    rows = axis[None, :, None] - starts[:, 0, None, None]
    columns = axis[None, None, :] - starts[:, 1, None, None]
    length = np.maximum((way**2).sum(axis=1), 1e-6)[:, None, None]
    along = (rows * way[:, 0, None, None] + columns * way[:, 1, None, None]) / length
    along = np.clip(along, 0, 1)
    distance = np.hypot(
        rows - along * way[:, 0, None, None], columns - along * way[:, 1, None, None]
    )
    drawn: FloatImages = np.clip(widths[:, None, None] / 2 + 0.5 - distance, 0, 1).astype(
        np.float32
    )
    return drawn


def draw_paths(paths: NDArray[np.float32], widths: NDArray[np.floating[Any]]) -> FloatImages:
    """Return black images with one stroke each, of straight segments.

    Args:
        paths: Ends of the segments in order, row and column, float32 (n, points, 2).
        widths: Width of each stroke in pixels, float (n,).
    """
    drawn = np.zeros((len(paths), SIDE, SIDE), np.float32)
    for start, end in pairwise(range(paths.shape[1])):
        np.maximum(drawn, draw_segments(paths[:, start], paths[:, end], widths), out=drawn)
    return drawn


def upstroke(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return ones with an upstroke to the head, and some with a foot."""
    count = len(ink)
    head, foot, width = _stem(ink)
    height = _height(head, foot)
    start = head + _way(height * random.uniform(0, 0.12, count), np.pi / 2)
    angle = np.radians(random.uniform(110, 160, count))
    flag = _way(height * random.uniform(0.2, 0.6, count), angle)
    written = np.maximum(ink, draw_segments(start, start + flag, width))
    half = _way(height * random.uniform(0.12, 0.3, count), 0)
    footed = np.maximum(written, draw_segments(foot - half, foot + half, width))
    return _either(random.random((count,)) < FOOTED, footed, written)


def bar_or_tick(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return sevens with a bar through the stem or a tick at the left end of the head.

    Never both, because with thick strokes they would look like the head of a nine.
    """
    count = len(ink)
    head, foot, width = _stem(ink)
    height = _height(head, foot)
    row = np.rint(head[:, 0] + height * random.uniform(0.45, 0.65, count)).astype(int)
    crossed = ink[np.arange(count), np.clip(row, 0, SIDE - 1)]
    middle = np.stack([row, _mean_place(crossed)], axis=1).astype(np.float32)
    slope = random.uniform(-0.3, 0.15, count)
    left, right = (_way(random.uniform(1.5, 5.5, count), slope) for _ in range(2))
    bar = draw_segments(middle - left, middle + right, width)
    end = _left_end(ink, head, foot)
    angle = np.radians(random.uniform(75, 110, count))
    down = _way(height * random.uniform(0.08, 0.2, count), angle)
    tick = draw_segments(end, end + down, width)
    return np.maximum(ink, _either(random.random(count) < BARRED, bar, tick))


def tail(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return nines with a tail from the foot to the left."""
    count = len(ink)
    head, foot, width = _stem(ink)
    angle = np.radians(random.uniform(165, 215, count))
    way = _way(_height(head, foot) * random.uniform(0.2, 0.45, count), angle)
    return np.maximum(ink, draw_segments(foot, foot + way, width))


HABITS: dict[str, Callable[[FloatImages, np.random.Generator], FloatImages]] = {
    "1": upstroke,
    "7": bar_or_tick,
    "9": tail,
}
"""The function that adds regional strokes to a digit, by its label."""


def _height(head: Points, foot: Points) -> NDArray[np.float32]:
    height: NDArray[np.float32] = np.maximum(foot[:, 0] - head[:, 0], 1)
    return height


def _way(length: NDArray[np.floating[Any]], angle: NDArray[np.floating[Any]] | float) -> Points:
    """Return offsets of these lengths; angles are in radians, clockwise from the right."""
    way: Points = np.stack([np.sin(angle) * length, np.cos(angle) * length], axis=1)
    return way.astype(np.float32)


def _either(chosen: NDArray[np.bool_], one: FloatImages, other: FloatImages) -> FloatImages:
    return np.where(chosen[:, None, None], one, other)


def _stem(ink: FloatImages) -> tuple[Points, Points, NDArray[np.floating[Any]]]:
    """Return each digit's upper end, its lower end and the width of its stroke."""
    inked: NDArray[np.bool_] = np.any(ink > INKED, axis=2)
    top = inked.argmax(axis=1)
    bottom = SIDE - 1 - inked[:, ::-1].argmax(axis=1)
    each = np.arange(len(ink))
    head = np.stack([top, _mean_place(ink[each, top])], axis=1).astype(np.float32)
    foot = np.stack([bottom, _mean_place(ink[each, bottom])], axis=1).astype(np.float32)
    # Area over length, taking the digit's height for the length.
    width = np.clip(ink.sum(axis=(1, 2)) / np.maximum(bottom - top + 1, 1), 1.2, 4)
    return head, foot, width


def _mean_place(rows: NDArray[np.float32]) -> NDArray[np.floating[Any]]:
    """Return the mean column of the ink in each row, float (n,)."""
    weights = rows + np.float32(1e-6)
    places: NDArray[np.floating[Any]] = (weights @ np.arange(SIDE)) / weights.sum(axis=1)
    return places


def _left_end(ink: FloatImages, head: Points, foot: Points) -> Points:
    """Return the leftmost point of each digit's upper third."""
    rows = np.arange(SIDE)[None, :, None]
    limit = (head[:, 0] + _height(head, foot) / 3)[:, None, None]
    upper = (ink > INKED) & (rows <= limit)
    column = upper.any(axis=1).argmax(axis=1)
    each = np.arange(len(ink))
    row = upper[each, :, column].argmax(axis=1)
    return np.stack([row, column], axis=1).astype(np.float32)
