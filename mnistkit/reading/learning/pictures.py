"""Printed pictures that are not text: shapes, hatched boxes, bar codes, rows of discs."""

from __future__ import annotations

import numpy as np

from mnistkit.reading.learning.desk import Desk
from mnistkit.reading.learning.marks import (
    Mark,
    Pen,
    between,
    filled_rectangle,
    line,
    rectangle,
)
from mnistkit.reading.learning.skeletons import Points

Box = tuple[float, float, float, float]


def picture(desk: Desk, box: Box) -> list[Mark]:
    """Return a random picture within left, top, right and bottom."""
    kinds = (_shapes, _hatching, _discs, _bars)
    return kinds[desk.source.integers(len(kinds))](desk, box)


def _shapes(desk: Desk, box: Box) -> list[Mark]:
    """Return a grey box with darker shapes in it."""
    left, top, right, bottom = box
    marks = [filled_rectangle(box, between(desk.source, 0.1, 0.6))]
    for _ in range(int(desk.source.integers(2, 8))):
        middle = between(desk.source, left, right), between(desk.source, top, bottom)
        radii = desk.source.uniform(0.1, 0.35, 16) * min(right - left, bottom - top)
        points = np.clip(_ring(middle, radii), (left, top), (right, bottom))
        marks.append(Mark((points,), Pen(0, between(desk.source, 0.3, 1.0)), filled=True))
    return marks


def _hatching(desk: Desk, box: Box) -> list[Mark]:
    """Return a box full of fine parallel rules."""
    left, top, right, bottom = box
    pitch = between(desk.source, 0.08, 0.3)
    pen = Pen(pitch * between(desk.source, 0.2, 0.6), between(desk.source, 0.3, 1.0))
    rules = [line((left, y), (right, y), pen) for y in np.arange(top, bottom, pitch).tolist()]
    return rules + rectangle(box, pen)


def _bars(desk: Desk, box: Box) -> list[Mark]:
    """Return a bar code."""
    left, top, right, bottom = box
    unit = between(desk.source, 0.04, 0.12)
    marks = []
    x = left
    while x < right:
        wide = unit * float(desk.source.integers(1, 5))
        marks.append(filled_rectangle((x, top, min(x + wide, right), bottom), 1.0))
        x += wide + unit * float(desk.source.integers(1, 5))
    return marks


def _discs(desk: Desk, box: Box) -> list[Mark]:
    """Return rows of discs and of bars with round ends, filled or not."""
    left, top, right, bottom = box
    radius = between(desk.source, 0.2, 0.5)
    pen = Pen(between(desk.source, 0.03, 0.1), between(desk.source, 0.4, 1.0))
    marks = []
    for y in np.arange(top + radius, bottom - radius, 2.6 * radius).tolist():
        x = left + radius
        while x < right - radius:
            # Only long ones are open: a ring is a zero.
            long = float(desk.source.choice([0, 3, 5])) * radius
            ring = _ring((x, y), np.full(16, radius))
            ring[:, 0] += long * (ring[:, 0] > x)
            closed = np.vstack([ring, ring[:1]])
            marks.append(Mark((closed,), pen, filled=not long or bool(desk.source.integers(2))))
            x += long + 2.7 * radius
    return marks


def _ring(middle: tuple[float, float], radii: Points) -> Points:
    angles = np.linspace(0, 2 * np.pi, len(radii), endpoint=False)
    away: Points = radii[:, None] * np.column_stack([np.cos(angles), np.sin(angles)])
    return away + middle
