"""Sheets of boxes, each with a printed text above and a number or letters written into it."""

from __future__ import annotations

from mnistkit.reading.learning.desk import Desk, Scene, with_close_hand
from mnistkit.reading.learning.marks import Mark, Pen, between, bounds, chance, moved, rectangle
from mnistkit.reading.learning.vocabulary import word, words
from mnistkit.reading.learning.writing import Line, number_text, paragraph, print_text, write

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def lay_boxes(desk: Desk) -> Scene:
    """Return rows of boxes, as on sheets for collecting handwriting."""
    source = desk.source
    # A box is as wide as its text: with wide gaps there would be one or two per sheet.
    desk = with_close_hand(desk)
    pen = Pen(between(source, 0.02, 0.06), between(source, 0.6, 1.0))
    size = between(source, 0.55, 0.85)
    printed: list[Mark] = []
    written: list[Mark] = []
    y, row = 0.6, 0
    if chance(source, 0.5):
        text = words(source, int(source.integers(10, 30)))
        printed += paragraph(desk, text, (0.6, y, desk.width - 1.2), Line(0, 0, row, size=size))
        y = bounds(printed)[3] + 1
        row = max(mark.tag.row for mark in printed if mark.tag) + 1
    while y < desk.height - 3.2:
        x = 0.6
        while x < desk.width - 2:
            at = Line(x, y + size, row, size=size, number=int(2 * x))
            box = _box(desk, at, pen, copied=chance(source, 0.5))
            printed += box[0]
            written += box[1]
            x = bounds(box[0])[2] + between(source, 0.4, 1.4)
        y += size + between(source, 2.6, 3.2)
        row += 2
    return Scene(printed, written, desk.width, desk.height)


def _box(desk: Desk, at: Line, pen: Pen, *, copied: bool) -> tuple[list[Mark], list[Mark]]:
    """Return a box with its printed text above, and the handwritten text in it."""
    source = desk.source
    text = number_text(source, [int(source.integers(1, 8))])
    if chance(source, 0.12):
        text = "".join(source.permutation(list(LETTERS))[: int(source.integers(6, 20))])
    label = print_text(desk, text if copied else word(source), at)
    top, high = at.y + 0.4, between(source, 1.4, 1.9)
    inked = write(desk, text, Line(at.x + 0.3, 0, at.row + 1, number=at.number))
    middle = top + high / 2 + 0.08 * float(source.normal())
    _, upper, right, lower = bounds(inked)
    inked = moved(inked, 0, middle - (upper + lower) / 2)
    right = max(right, bounds(label)[2]) + between(source, 0.1, 0.8)
    return label + rectangle((at.x, top, right, top + high), pen), inked
