"""Sheets without text: noise, rules, empty boxes, scribbles."""

from __future__ import annotations

from mnistkit.reading.learning.clutter import scribble, stray_marks
from mnistkit.reading.learning.desk import Desk, Scene
from mnistkit.reading.learning.marks import Mark, Pen, between, chance
from mnistkit.reading.learning.pictures import picture
from mnistkit.reading.learning.ruling import grid, paper_rules


def lay_blank(desk: Desk) -> Scene:
    """Return a sheet without text, some with a scribble or a tick."""
    source = desk.source
    printed = paper_rules(desk, 0.4)
    written: list[Mark] = []
    if chance(source, 0.25):
        printed += _empty_grid(desk)
    if chance(source, 0.15):
        box = between(source, 0, 4), between(source, 0, 4), between(source, 5, 9), 9.0
        printed += picture(desk, box)
    if chance(source, 0.4):
        written += stray_marks(desk, written, 1.0)
    if chance(source, 0.2):
        place = between(source, 0, desk.width), between(source, 0, desk.height)
        written.append(scribble(desk, place, between(source, 0.5, 3)))
    return Scene(printed, written, desk.width, desk.height)


def _empty_grid(desk: Desk) -> list[Mark]:
    source = desk.source
    pen = Pen(between(source, 0.015, 0.1), between(source, 0.3, 1.0))
    high, wide = between(source, 0.8, 2.5), between(source, 0.8, 5)
    left, top = between(source, 0, 3), between(source, 0, 3)
    xs = [left + i * wide for i in range(max(2, int(desk.width / wide)))]
    ys = [top + i * high for i in range(max(2, int(desk.height / high)))]
    return grid(xs, ys, pen)
