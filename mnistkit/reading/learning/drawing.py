"""Drawing marks: how much ink covers each pixel, and the box of each mark."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistkit.reading.learning.marks import Mark, extremes
from mnistkit.reading.learning.skeletons import Points

Cover = NDArray[np.uint8]
"""uint8 (height, width): 255 where ink covers a pixel whole."""
Box = tuple[float, float, float, float]

# Fractional bits of OpenCV's coordinates.
SHIFT = 4
# Below each size in pixels, the factor by which a mark is drawn finer.
FINENESS = ((90, 4), (400, 2))
# A thinner stroke, in pixels, is drawn with this width and fainter.
THINNEST = 0.7
# The least depth: a mark is enlarged at most 1 / NEAREST times.
NEAREST = 0.4
# Consecutive pieces of a stroke with the same width.
RUN = 2


@dataclass(frozen=True)
class View:
    """The mapping from a page, in usual digit heights, to a picture's pixels.

    Args:
        matrix: float64 (3, 3), a homography.
        waves: How a page that isn't flat is bent: an amplitude in pixels, a length in
            pixels and a phase for each direction, x first; empty for none.
    """

    matrix: NDArray[np.float64]
    waves: tuple[tuple[float, float, float], ...] = ()

    def to_pixels(self, points: Points) -> Points:
        """Return points of the page in pixels of the picture."""
        mapped = np.column_stack([points, np.ones(len(points))]) @ self.matrix.T
        # Points far beside a steep picture would be at the horizon or behind the camera.
        pixels: Points = mapped[:, :2] / np.maximum(mapped[:, 2:], NEAREST)
        for axis, (amplitude, length, phase) in enumerate(self.waves):
            bend = amplitude * np.sin(pixels[:, 1 - axis] / length + phase)
            pixels[:, axis] += bend
        return pixels

    @property
    def scale(self) -> float:
        """Pixels per digit height, near the middle of the picture."""
        return float(np.sqrt(abs(np.linalg.det(self.matrix[:2, :2]))))


def draw(marks: Sequence[Mark], view: View, cover: Cover, source: np.random.Generator) -> list[Box]:
    """Draw marks on `cover`, the darkest on top; return the box of each mark's ink."""
    if not marks:
        return []
    parts = [part for mark in marks for part in mark.parts]
    pixels = view.to_pixels(np.concatenate(parts))
    low, high = extremes(pixels, [sum(map(len, mark.parts)) for mark in marks])
    scale = view.scale
    widths = np.array([0.0 if mark.filled else mark.pen.width * scale for mark in marks])
    half = widths[:, None] / 2
    boxes = np.hstack([low - half, high - low + 2 * half])
    seen = np.all((high + half > 0) & (low - half < cover.shape[::-1]), axis=1).tolist()
    pieces = iter(np.split(pixels, np.cumsum([len(part) for part in parts])[:-1]))
    for place, mark in enumerate(marks):
        own = [next(pieces) for _ in mark.parts]
        if seen[place]:
            boxes[place] = (
                _draw_mark(own, mark, float(widths[place]), cover, source) or boxes[place]
            )
    return [(left, top, wide, high) for left, top, wide, high in boxes.tolist()]


def _draw_mark(
    parts: list[Points], mark: Mark, width: float, cover: Cover, source: np.random.Generator
) -> Box | None:
    """Draw a mark at a higher resolution, and average it into `cover`.

    Returns:
        The box of its ink; None for a mark that the picture's border cuts.
    """
    points = np.concatenate(parts)
    reach = max(width, THINNEST) / 2 + 1
    whole = np.array([np.floor(points.min(axis=0) - reach), np.ceil(points.max(axis=0) + reach)])
    low, high = seen = np.clip(whole, 0, cover.shape[::-1]).astype(int)
    fine = next((fine for limit, fine in FINENESS if (high - low).max() < limit), 1)
    drawn = np.zeros((high - low)[::-1] * fine, np.uint8)
    shifted = [np.rint((part - low) * fine * (1 << SHIFT)).astype(np.int32) for part in parts]
    if mark.filled:
        cv2.fillPoly(drawn, shifted, 255, cv2.LINE_8, SHIFT)
    else:
        _stroke(drawn, shifted, max(width, THINNEST) * fine, mark.pen.pressure, source)
    faint = 1.0 if mark.filled else min(1.0, width / THINNEST)
    small = cv2.resize(drawn, None, fx=1 / fine, fy=1 / fine, interpolation=cv2.INTER_AREA)
    part = cover[low[1] : high[1], low[0] : high[0]]
    np.maximum(part, (small * (mark.pen.darkness * faint)).astype(np.uint8), out=part)
    if (seen != whole).any():
        return None
    left, top, wide, tall = cv2.boundingRect(drawn)
    return left / fine + low[0], top / fine + low[1], wide / fine, tall / fine


def _stroke(
    drawn: Cover,
    parts: list[NDArray[np.int32]],
    width: float,
    pressure: float,
    source: np.random.Generator,
) -> None:
    """Draw strokes of a width, which varies along them with the pressure."""
    if not pressure:
        cv2.polylines(
            drawn,
            parts,
            isClosed=False,
            color=255,
            thickness=max(1, round(width)),
            lineType=cv2.LINE_8,
            shift=SHIFT,
        )
        return
    for part in parts:
        starts = range(0, len(part) - 1, RUN)
        changes = np.exp(0.4 * pressure * np.convolve(source.normal(0, 1, len(starts) + 1), (1, 1)))
        widths = np.maximum(1, np.rint(width * changes)).astype(int).tolist()
        for start, wide in zip(starts, widths[1:], strict=False):
            run = part[start : start + RUN + 1]
            cv2.polylines(drawn, [run], isClosed=False, color=255, thickness=wide, shift=SHIFT)
