"""Pages of printed and handwritten words, without any digit."""

from __future__ import annotations

from dataclasses import replace

from mnistkit.reading.learning.clutter import stray_marks, underline
from mnistkit.reading.learning.desk import Desk, Scene, pick_face
from mnistkit.reading.learning.marks import Mark, between, bounds, chance, filled_rectangle
from mnistkit.reading.learning.pictures import picture
from mnistkit.reading.learning.ruling import paper_rules
from mnistkit.reading.learning.vocabulary import form_words, words
from mnistkit.reading.learning.writing import (
    Line,
    paragraph,
    print_text,
    reversed_text,
    text_width,
    write,
)

# The least width of a sheet with two columns.
WIDE = 14


def lay_words(desk: Desk) -> Scene:
    """Return paragraphs in one column or two."""
    source = desk.source
    desk = replace(desk, pen=replace(desk.pen, width=min(desk.pen.width, 0.12)))
    by_hand = between(source, 0, 1) if chance(source, 0.5) else 0.0
    printed: list[Mark] = []
    written: list[Mark] = []
    columns = int(source.integers(1, 3)) if desk.width > WIDE else 1
    width = desk.width / columns
    for column in range(columns):
        y, row = between(source, 0.4, 1.5), 100 * column
        while y < desk.height - 0.5:
            box = column * width + 0.5, y, width - 1.0
            ink = written if chance(source, by_hand) else printed
            marks = _block(desk, box, row, by_hand=ink is written)
            ink += marks
            y = bounds(marks)[3] + between(source, 0.3, 1.5)
            row = max(row, *(mark.tag.row for mark in marks if mark.tag)) + 1
    rules = paper_rules(desk, 0.3 if by_hand else 0.0)
    return Scene(
        rules + printed, written + stray_marks(desk, written, 0.15), desk.width, desk.height
    )


def _block(desk: Desk, box: tuple[float, float, float], row: int, *, by_hand: bool) -> list[Mark]:
    """Return a handwritten line, or a printed heading, paragraph or picture."""
    source = desk.source
    x, y, width = box
    if by_hand:
        return _written_line(desk, box, row)
    face = pick_face(source, desk.digits.typefaces)
    if chance(source, 0.25):
        size = between(source, 0.8, 2.2)
        text = form_words(source) if chance(source, 0.3) else words(source, 2, marks=False)
        line = Line(x, y + size, row, size=size)
        marks = print_text(desk, text, line, face)
        if chance(source, 0.4):
            below = replace(line, y=y + 3 * size, row=row + 1)
            return marks + reversed_text(desk, text, below, x + width)
        if chance(source, 0.25):
            bar = x, y - 0.2 * size, x + width, y + 1.4 * size
            marks.insert(0, filled_rectangle(bar, between(source, 0.05, 0.3)))
        return marks
    if chance(source, 0.1):
        text = words(source, 1)
        legend = print_text(desk, text, Line(x, y + 4.2, row, size=0.5), face)
        return [*picture(desk, (x, y, x + min(width, 6), y + 3.5)), *legend]
    desk = replace(desk, face=face)
    size = between(source, 0.4, 1.1)
    text = words(source, int(source.integers(4, 40)))
    return paragraph(desk, text, box, Line(0, 0, row, size=size))


def _written_line(desk: Desk, box: tuple[float, float, float], row: int) -> list[Mark]:
    source = desk.source
    x, y, width = box
    size = between(source, 0.7, 1.2)
    text = words(source, max(1, int(width / (size * 4.5))), marks=chance(source, 0.5))
    slope = float(source.normal(0, 0.02))
    marks = write(desk, text, Line(x, y + 1.1 * size, row, size=size, slope=slope))
    if chance(source, 0.1):
        marks.append(underline(desk, (x, y + 1.4 * size), text_width(desk.face, text, size)))
    return marks
