"""Tables: cells of a grid with handwritten or printed numbers, some of them empty."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnistkit.reading.learning.clutter import by_hand, stray_marks
from mnistkit.reading.learning.desk import Desk, Scene, with_close_hand
from mnistkit.reading.learning.marks import Mark, Pen, between, chance, filled_rectangle
from mnistkit.reading.learning.ruling import grid
from mnistkit.reading.learning.vocabulary import form_words, word
from mnistkit.reading.learning.writing import (
    Line,
    centred,
    number_text,
    print_centred,
    print_text,
    text_width,
    write,
)


@dataclass(frozen=True)
class Cells:
    """The edges of a table's columns and rows, and whether each column is printed."""

    xs: list[float]
    ys: list[float]
    printed: tuple[bool, ...]

    def middle(self, row: int, column: int) -> tuple[float, float]:
        """Return the middle of a cell."""
        return (
            (self.xs[column] + self.xs[column + 1]) / 2,
            (self.ys[row] + self.ys[row + 1]) / 2,
        )

    def width(self, column: int) -> float:
        """Return the width of a column."""
        return self.xs[column + 1] - self.xs[column]


def lay_table(desk: Desk) -> Scene:
    """Return a table of numbers, some with words in the first row or column."""
    desk = with_close_hand(desk)
    source = desk.source
    cells = _draw_cells(desk)
    rules = _rules(desk, cells)
    drawn = chance(source, 0.3)
    printed = [] if drawn else rules
    head = chance(source, 0.6)
    names = chance(source, 0.5)
    worded = chance(source, 0.3)
    written: list[Mark] = by_hand(desk, rules) if drawn else []
    for row in range(len(cells.ys) - 1):
        for column in range(len(cells.xs) - 1):
            if (head and row == 0) or (names and column == 0):
                marks = _words(desk, cells, (row, column), handwritten=worded)
                (written if worded else printed).extend(marks)
            else:
                more_printed, more_written = _numbers(desk, cells, (row, column))
                printed += more_printed
                written += more_written
    margin = cells.xs[0]
    return Scene(
        printed,
        written + stray_marks(desk, written, 0.2),
        cells.xs[-1] + margin,
        cells.ys[-1] + margin,
    )


def _draw_cells(desk: Desk) -> Cells:
    source = desk.source
    high = between(source, 1.25, 2.2)
    margin = between(source, 0.4, 2.0)
    digits = between(source, 1, 4)
    step = 0.7 + max(0.0, desk.hand.gap)
    widths = [
        between(source, 1.0, 1.6) * step * digits + 0.5
        for _ in range(max(2, int((desk.width - 2 * margin) / (step * digits + 0.8))))
    ]
    rows = max(2, int((desk.height - 2 * margin) / high))
    xs = [margin, *(margin + np.cumsum(widths)).tolist()]
    share = between(source, 0, 1) ** 2
    printed = tuple(chance(source, share) for _ in widths)
    return Cells(xs, [margin + i * high for i in range(rows + 1)], printed)


def _rules(desk: Desk, cells: Cells) -> list[Mark]:
    """Return all lines, only those across, or none; some rows are shaded."""
    source = desk.source
    pen = Pen(between(source, 0.015, 0.07), between(source, 0.25, 1.0))
    marks: list[Mark] = []
    if chance(source, 0.15):
        marks += [
            filled_rectangle((cells.xs[0], top, cells.xs[-1], bottom), 0.12)
            for top, bottom in zip(cells.ys[:-1:2], cells.ys[1::2], strict=False)
        ]
    if chance(source, 0.75):
        return marks + grid(cells.xs, cells.ys, pen)
    if chance(source, 0.6):
        return marks + grid([cells.xs[0], cells.xs[-1]], cells.ys, pen)
    return marks


def _words(desk: Desk, cells: Cells, place: tuple[int, int], *, handwritten: bool) -> list[Mark]:
    source = desk.source
    row, column = place
    size = between(source, 0.5, 0.75)
    text = form_words(source) if chance(source, 0.5) else word(source)
    room = cells.width(column)
    fitting = (n for n in range(len(text), 2, -1) if text_width(desk.face, text[:n], size) < room)
    text = text[: next(fitting, 2)].strip()
    y = cells.middle(row, column)[1]
    line = Line(cells.xs[column] + 0.15, y + size / 2, row, size=size, number=4 * column)
    if handwritten:
        return write(desk, text, line)
    return print_text(desk, text, line)


def _numbers(desk: Desk, cells: Cells, place: tuple[int, int]) -> tuple[list[Mark], list[Mark]]:
    """Return the printed and the handwritten marks of a cell."""
    source = desk.source
    row, column = place
    if chance(source, 0.15):
        return [], []
    step = 0.7 + max(0.0, desk.hand.gap)
    most = max(1, int((cells.width(column) - 0.2) / step))
    text = number_text(source, [int(source.integers(1, most + 1))])
    if len(text) > 1 and chance(source, 0.12):
        text = f"{text[:-1]}{source.choice(['.', ',', '/', '-'])}{text[-1]}"
    x, y = cells.middle(row, column)
    loose = x + 0.1 * float(source.normal()), y + 0.08 * float(source.normal())
    if cells.printed[column] or chance(source, 0.03):
        return print_centred(desk, text, (x, y), Line(0, 0, row, 0.75, 4 * column)), []
    return [], centred(desk, text, loose, Line(0, 0, row, number=4 * column))
