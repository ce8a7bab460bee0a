"""Columns of handwritten numbers, as for adding."""

from __future__ import annotations

from mnistkit.reading.learning.clutter import stray_marks, underline
from mnistkit.reading.learning.desk import Desk, Scene, with_close_hand
from mnistkit.reading.learning.marks import Mark, between, bounds, chance, moved
from mnistkit.reading.learning.ruling import paper_rules
from mnistkit.reading.learning.writing import Line, number_text, write


def lay_columns(desk: Desk) -> Scene:
    """Return columns of numbers, flush right or left, some with signs and lines."""
    desk = with_close_hand(desk)
    source = desk.source
    count = int(source.integers(1, 5))
    digits = int(source.integers(1, 6))
    pitch = between(source, 1.25, 2.4) * float(desk.hand.sizes.max()) ** 0.5
    wide = digits * (0.7 + max(0.0, desk.hand.gap)) + between(source, 1.2, 3.5)
    rows = max(1, int((desk.height - 2) / pitch))
    flush = float(source.choice([0.0, 1.0]))
    written: list[Mark] = []
    for row in range(rows):
        y = 1.5 + row * pitch + float(source.normal(0, 0.06))
        for column in range(count):
            if chance(source, 0.08):
                continue
            text = _number(desk, digits)
            marks = write(desk, text, Line(0, y, row, number=2 * column))
            left, _, right, _ = bounds(marks)
            edge = 0.8 + (column + flush) * wide - flush * 0.8
            written += moved(marks, edge - (flush * right + (1 - flush) * left), 0)
        if chance(source, 0.06):
            written.append(underline(desk, (0.5, y + 0.3), wide * between(source, 0.6, count)))
    sheet = max(desk.width, count * wide + 1), desk.height
    return Scene(paper_rules(desk), written + stray_marks(desk, written, 0.15), *sheet)


def _number(desk: Desk, digits: int) -> str:
    """Return a number, some with a sign or a decimal point."""
    source = desk.source
    text = number_text(source, [max(1, digits - int(source.integers(0, 3)))])
    if chance(source, 0.15):
        text += str(source.choice([".", ","])) + number_text(source, [2])
    if chance(source, 0.08):
        text = str(source.choice(["+", "-", "="])) + text
    return text
