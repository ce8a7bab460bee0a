"""Lines, grids and boxes that are printed on paper."""

from __future__ import annotations

import numpy as np

from mnistkit.reading.learning.desk import Desk
from mnistkit.reading.learning.marks import Mark, Pen, between, chance, line, rectangle


def paper_rules(desk: Desk, share: float = 0.35) -> list[Mark]:
    """Return, for a share of the sheets, ruled or squared lines; nothing for the others."""
    source = desk.source
    if not chance(source, share):
        return []
    pen = Pen(between(source, 0.015, 0.05), between(source, 0.08, 0.55))
    if chance(source, 0.5):
        marks = _across(desk, between(source, 1.0, 2.2), pen)
        if chance(source, 0.4):
            x = between(source, 0.05, 0.2) * desk.width
            marks.append(line((x, 0), (x, desk.height), pen))
        return marks
    pitch = between(source, 0.45, 1.3)
    return _across(desk, pitch, pen) + _down(desk, pitch, pen)


def _across(desk: Desk, pitch: float, pen: Pen) -> list[Mark]:
    start = between(desk.source, 0, pitch)
    places = np.arange(start, desk.height, pitch)
    return [line((0, float(y)), (desk.width, float(y)), pen) for y in places]


def _down(desk: Desk, pitch: float, pen: Pen) -> list[Mark]:
    start = between(desk.source, 0, pitch)
    return [
        line((float(x), 0), (float(x), desk.height), pen)
        for x in np.arange(start, desk.width, pitch)
    ]


def grid(
    xs: list[float], ys: list[float], pen: Pen, heavy: Pen | None = None, every: int = 0
) -> list[Mark]:
    """Return lines at all x and y; the border, and every `every`-th line, by the heavy pen."""
    marks = []
    for index, x in enumerate(xs):
        marks.append(line((x, ys[0]), (x, ys[-1]), _pen(index, len(xs), pen, heavy, every)))
    for index, y in enumerate(ys):
        marks.append(line((xs[0], y), (xs[-1], y), _pen(index, len(ys), pen, heavy, every)))
    return marks


def _pen(index: int, count: int, pen: Pen, heavy: Pen | None, every: int) -> Pen:
    bold = index in {0, count - 1} or (every > 0 and index % every == 0)
    return heavy if heavy and bold else pen


def comb(x: float, y: float, cell: tuple[float, float], count: int, pen: Pen) -> list[Mark]:
    """Return a row of boxes for one character each, from x and y, the left top."""
    wide, high = cell
    marks = rectangle((x, y, x + count * wide, y + high), pen)
    return marks + [line((x + i * wide, y), (x + i * wide, y + high), pen) for i in range(1, count)]
