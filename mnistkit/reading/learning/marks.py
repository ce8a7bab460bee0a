"""Marks on a generated page: strokes and filled outlines, before any camera."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from mnistkit.reading.learning.skeletons import Points

Random = np.random.Generator


@dataclass(frozen=True)
class Pen:
    """A pen, or a printer's ink.

    Args:
        width: Width of a stroke, as a share of the usual digit height.
        darkness: Darkness of the ink, from 0 to 1.
        pressure: How much the width changes along a stroke, from 0 to 1.
        grain: How much the paper's grain shows in the strokes, from 0 to 1.
        dryness: How much the ink fades in places, from 0 to 1.
    """

    width: float
    darkness: float
    pressure: float = 0.0
    grain: float = 0.0
    dryness: float = 0.0


@dataclass(frozen=True)
class Tag:
    """A mark's label and place in the text; see `made_page.Glyph`."""

    label: int | None
    printed: bool
    row: int = -1
    number: int = 0


@dataclass(frozen=True)
class Shape:
    """A character, with the left end of its baseline as origin.

    Args:
        parts: Strokes, or closed outlines, of which inner ones are holes; in heights, y down.
        filled: Whether the parts are outlines.
        advance: Distance to the next character's origin.
    """

    parts: tuple[Points, ...]
    filled: bool
    advance: float


@dataclass(frozen=True)
class Mark:
    """A mark on a page, in usual digit heights from the page's left top, y down.

    Args:
        parts: As in `Shape`.
        pen: The pen that draws it.
        filled: As in `Shape`.
        tag: None if it has no target: a rule, a box, a scribble.
    """

    parts: tuple[Points, ...]
    pen: Pen
    filled: bool = False
    tag: Tag | None = None


def placed(shape: Shape, size: float, place: tuple[float, float], angle: float = 0.0) -> Shape:
    """Return a shape scaled, turned by an angle in radians, with its origin moved to a place."""
    cosine, sine = size * np.cos(angle), size * np.sin(angle)
    turn = np.array([(cosine, sine), (-sine, cosine)])
    parts = tuple(part @ turn + place for part in shape.parts)
    return replace(shape, parts=parts, advance=shape.advance * size)


def extent(shape: Shape) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of a shape's points."""
    points = np.concatenate(shape.parts)
    (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def line(start: tuple[float, float], end: tuple[float, float], pen: Pen) -> Mark:
    """Return a straight line; it has several points, so that it can follow a bent page."""
    share = np.linspace(0, 1, 9)[:, None]
    return Mark(((1 - share) * np.array(start) + share * np.array(end),), pen)


def between(source: Random, low: float, high: float) -> float:
    """Return a uniform random number."""
    return float(source.uniform(low, high))


def chance(source: Random, share: float) -> bool:
    """Return True with a probability."""
    return bool(source.random() < share)


def reaches(marks: Sequence[Mark]) -> tuple[Points, Points]:
    """Return the least and the largest x and y of each mark's points, float64 (n, 2) each."""
    parts = [part for mark in marks for part in mark.parts]
    counts = [sum(len(part) for part in mark.parts) for mark in marks]
    return extremes(np.concatenate(parts), counts)


def bounds(marks: Sequence[Mark]) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of marks' points."""
    low, high = reaches(marks)
    (left, top), (right, bottom) = low.min(axis=0), high.max(axis=0)
    return float(left), float(top), float(right), float(bottom)


def extremes(points: Points, counts: Sequence[int]) -> tuple[Points, Points]:
    """Return the least and the largest x and y of groups of points, `counts` points each."""
    starts = np.cumsum([0, *counts[:-1]])
    return np.minimum.reduceat(points, starts), np.maximum.reduceat(points, starts)


def moved(marks: Sequence[Mark], right: float, down: float) -> list[Mark]:
    """Return marks moved to the right and down."""
    step = np.array([right, down])
    return [replace(mark, parts=tuple(part + step for part in mark.parts)) for mark in marks]


def rectangle(box: tuple[float, float, float, float], pen: Pen) -> list[Mark]:
    """Return the four lines around a box of left, top, right and bottom."""
    left, top, right, bottom = box
    corners = ((left, top), (right, top), (right, bottom), (left, bottom), (left, top))
    return [line(start, end, pen) for start, end in pairwise(corners)]


def filled_rectangle(box: tuple[float, float, float, float], darkness: float) -> Mark:
    """Return a box of left, top, right and bottom, filled with one grey."""
    left, top, right, bottom = box
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    return Mark((corners,), Pen(0, darkness), filled=True)
