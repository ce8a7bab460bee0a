"""Handwritten marks that are not text: ticks, crosses, scribbles, arrows, rings, lines."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mnistkit.reading.learning.desk import Desk
from mnistkit.reading.learning.hands import bend
from mnistkit.reading.learning.marks import (
    Mark,
    Tag,
    between,
    chance,
    line,
    reaches,
)
from mnistkit.reading.learning.skeletons import Points
from mnistkit.reading.learning.templates import smooth_stroke

Place = tuple[float, float]
NO_DIGIT = Tag(None, printed=False)


def tick(desk: Desk, place: Place, size: float) -> Mark:
    """Return a tick at a place."""
    source = desk.source
    points = np.array([(-0.4, 0.0), (-0.12, 0.4), (-0.12, 0.4), (0.15, -0.1), (0.6, -0.6)])
    return _drawn(
        desk,
        [points + source.normal(0, 0.06, points.shape) * [[1], [1], [0], [1], [1]]],
        place,
        size,
    )


def cross(desk: Desk, place: Place, size: float) -> Mark:
    """Return a cross at a place."""
    strokes = []
    for side in (-1.0, 1.0):
        points = np.array([(-0.5 * side, -0.5), (0.0, 0.0), (0.5 * side, 0.5)])
        strokes.append(points + desk.source.normal(0, 0.07, points.shape))
    return _drawn(desk, strokes, place, size)


def scribble(desk: Desk, place: Place, size: float) -> Mark:
    """Return a scribble at a place."""
    count = int(desk.source.integers(5, 16))
    points = desk.source.normal(0, 0.5, (count, 2))
    if chance(desk.source, 0.5):
        points[:, 0] = np.linspace(-0.8, 0.8, count) + 0.1 * points[:, 0]
        points[1::2, 1] -= 0.8
    return replace(_drawn(desk, [points], place, size), tag=None)


def circle(desk: Desk, place: Place, size: float) -> Mark:
    """Return a ring around a place."""
    angles = np.linspace(0, between(desk.source, 5.8, 7.0), 12) + between(desk.source, 0, 6.3)
    points = np.column_stack([np.cos(angles), between(desk.source, 0.5, 1) * np.sin(angles)])
    return replace(_drawn(desk, [points], place, size), tag=None)


def underline(desk: Desk, start: Place, length: float) -> Mark:
    """Return a handwritten line from `start` to the right."""
    end = start[0] + length, start[1] + length * float(desk.source.normal(0, 0.02))
    drawn = line(start, end, desk.pen)
    return replace(drawn, parts=tuple(bend([*drawn.parts], 0.02, desk.source)))


def by_hand(desk: Desk, rules: Sequence[Mark]) -> list[Mark]:
    """Return printed rules redrawn by hand: bent, with inexact ends."""
    source = desk.source
    drawn = []
    for rule in (rule for rule in rules if not rule.filled):
        start, end = rule.parts[0][0], rule.parts[0][-1]
        start, end = (place + source.normal(0, 0.1, 2) for place in (start, end))
        straight = line((start[0], start[1]), (end[0], end[1]), desk.pen)
        drawn.append(replace(straight, parts=tuple(bend([*straight.parts], 0.03, source))))
    return drawn


def arrow(desk: Desk, place: Place, size: float) -> Mark:
    """Return an arrow at a place."""
    way = desk.source.normal(0, 1, 2)
    head = np.array([(0.7, -0.25), (1.0, 0.0), (1.0, 0.0), (0.7, 0.25)])
    turn = np.array([way, (-way[1], way[0])]) / max(float(np.hypot(*way)), 1e-6)
    shaft = np.array([(-1.0, 0.0), (0.0, 0.1), (1.0, 0.0)])
    return replace(_drawn(desk, [shaft @ turn, head @ turn], place, size), tag=None)


def stray_marks(desk: Desk, written: Sequence[Mark], share: float = 0.25) -> list[Mark]:
    """Return, for a share of the sheets, a few marks in free places beside the writing.

    Rings are left out: a ring alone is a zero.
    """
    source = desk.source
    if not chance(source, share):
        return []
    kinds = (tick, cross, scribble, arrow)
    stray = []
    for _ in range(int(source.integers(1, 5))):
        place = between(source, 0, desk.width), between(source, 0, desk.height)
        size = between(source, 0.4, 1.8)
        if _is_free(place, size, written):
            stray.append(kinds[source.integers(len(kinds))](desk, place, size))
    return stray


def _is_free(place: Place, size: float, written: Sequence[Mark]) -> bool:
    if not written:
        return True
    low, high = reaches(written)
    near = (low < np.array(place) + size) & (high > np.array(place) - size)
    return not near.all(axis=1).any()


def _drawn(desk: Desk, strokes: list[Points], place: Place, size: float) -> Mark:
    parts = [size * smooth_stroke(stroke) + place for stroke in strokes]
    return Mark(tuple(parts), desk.pen, tag=NO_DIGIT)
