"""Rows of handwritten numbers."""

from __future__ import annotations

from mnistkit.reading.learning.clutter import stray_marks
from mnistkit.reading.learning.desk import Desk, Scene
from mnistkit.reading.learning.marks import Mark, Random, between, chance
from mnistkit.reading.learning.ruling import paper_rules
from mnistkit.reading.learning.writing import Line, number_text, write

# The most numbers in a row.
MOST = 8


def lay_rows(desk: Desk) -> Scene:
    """Return rows of numbers of any length, a little sloped and curved."""
    source = desk.source
    pitch = between(source, 1.25, 2.6) * float(desk.hand.sizes.max()) ** 0.5
    slope, curve = source.normal(0, 0.03), source.normal(0, 0.001)
    left = between(source, 0.4, 1.5)
    most = desk.width - 2 * left
    advance = 0.7 + max(0.0, desk.hand.gap)
    written: list[Mark] = []
    various = chance(source, 0.12)
    y, row, size = between(source, -0.2, 0.8), 0, 1.0
    while True:
        if various:
            size = between(source, 0.5, 2.2)
        y += pitch * size * between(source, 0.92, 1.1)
        if y > desk.height - 0.3:
            break
        line = Line(
            left + between(source, 0, 0.6),
            y,
            row,
            size=size,
            slope=slope + float(source.normal(0, 0.008)),
            curve=curve + float(source.normal(0, 0.0004)),
        )
        text = number_text(source, _lengths(source, max(1, int(most / advance / size))))
        written += write(desk, text, line)
        row += 1
    return Scene(paper_rules(desk), written + stray_marks(desk, written), desk.width, desk.height)


def _lengths(source: Random, room: int) -> list[int]:
    """Return the number of digits of each number of a row."""
    if chance(source, 0.35):
        return [int(source.integers(max(1, room // 2), room + 1))]
    lengths: list[int] = []
    usual = int(source.integers(1, 6))
    left = room
    while left > 0 and len(lengths) < MOST:
        length = min(left, max(1, usual + int(source.integers(-1, 2))))
        lengths.append(length)
        left -= length + 2
        if chance(source, 0.12):
            break
    return lengths or [1]
