"""Printed lists with numbers: receipts, invoices, timetables, codes; little or nothing by hand."""

from __future__ import annotations

from dataclasses import replace

from mnistkit.reading.learning.clutter import stray_marks
from mnistkit.reading.learning.desk import Desk, Scene, pick_face
from mnistkit.reading.learning.marks import Mark, Random, between, bounds, chance, filled_rectangle
from mnistkit.reading.learning.vocabulary import code, form_words, word, words
from mnistkit.reading.learning.writing import (
    Line,
    number_text,
    print_text,
    reversed_text,
    text_width,
    write,
)

# The room for a handwritten number after a line.
FOR_A_NUMBER = 2.5


def lay_print(desk: Desk) -> Scene:
    """Return printed lines of words and numbers, with a handwritten number beside some."""
    source = desk.source
    size = between(source, 0.65, 1.25)
    pitch = size * between(source, 1.7, 2.4)
    printed: list[Mark] = []
    written: list[Mark] = []
    y, row = between(source, 1.0, 2.0), 0
    while y < desk.height - 0.3:
        if chance(source, 0.12):
            desk = replace(desk, face=pick_face(source, desk.digits.typefaces))
        line = Line(between(source, 0.3, 0.9), y, row, size=size)
        if chance(source, 0.08):
            text = f"{form_words(source)} {number_text(source, [4])}"
            printed += reversed_text(desk, text, line, desk.width - 0.4)
        else:
            marks = _line(desk, line)
            printed += marks
            beside = bounds(marks)[2] + 0.6
            if chance(source, 0.3) and beside < desk.width - FOR_A_NUMBER:
                at = Line(beside, y, row, number=90)
                written += write(desk, number_text(source, [int(source.integers(1, 4))]), at)
        y, row = y + pitch, row + 1
    return Scene(printed, written + stray_marks(desk, written), desk.width, desk.height)


def _line(desk: Desk, line: Line) -> list[Mark]:
    """Return a printed line: words and a number, an amount at the right, or numbers alone."""
    source = desk.source
    if chance(source, 0.3):
        lengths = [int(n) for n in source.integers(1, 6, source.integers(2, 6))]
        return print_text(desk, number_text(source, lengths), line)
    text = _entry(source)
    marks = print_text(desk, text, line)
    amount = f"{source.integers(1, 1000)}{source.choice(['.', ','])}{source.integers(10, 100)}"
    left = desk.width - 0.5 - text_width(desk.face, amount, line.size)
    if chance(source, 0.5) and left > line.x + text_width(desk.face, text, line.size) + 0.5:
        marks += print_text(desk, amount, replace(line, x=left, number=40))
    if chance(source, 0.08):
        bar = 0.2, line.y - 1.2 * line.size, desk.width - 0.2, line.y + 0.3 * line.size
        marks.insert(0, filled_rectangle(bar, between(source, 0.05, 0.2)))
    return marks


def _entry(source: Random) -> str:
    number = number_text(source, [int(source.integers(1, 7))])
    day, month, year = source.integers((1, 1, 1950), (32, 13, 2030))
    sign = str(source.choice([".", "/", "-"]))
    kinds = (
        f"{word(source)} {number}",
        f"{number} {words(source, 2)}",
        f"{form_words(source)} {code(source)}",
        f"{day:02}{sign}{month:02}{sign}{year}",
        f"{source.integers(24)}:{source.integers(10, 60)} {word(source)}",
        f"{code(source)} {code(source)} {number}",
        words(source, int(source.integers(2, 5))),
    )
    return kinds[source.integers(len(kinds))]
