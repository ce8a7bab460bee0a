"""Handwritten notes: words, dates, times, sums, amounts and units among numbers."""

from __future__ import annotations

from mnistkit.reading.learning.clutter import stray_marks, tick, underline
from mnistkit.reading.learning.desk import Desk, Scene
from mnistkit.reading.learning.marks import Mark, Random, between, chance
from mnistkit.reading.learning.ruling import paper_rules
from mnistkit.reading.learning.vocabulary import word, words
from mnistkit.reading.learning.writing import Line, number_text, write

UNITS = ("kg", "cm", "m", "km", "ml", "min", "h", "EUR", "x", "%", "a.m.", "pt", "mm", "$")


def lay_notes(desk: Desk) -> Scene:
    """Return lines of notes, some with a tick before them."""
    source = desk.source
    pitch = between(source, 1.4, 2.4)
    slope = float(source.normal(0, 0.02))
    written: list[Mark] = []
    various = chance(source, 0.25)
    y, row, size = between(source, 0.0, 1.0), 0, 1.0
    while True:
        if various:
            size = between(source, 0.5, 2.2)
        y += pitch * size * between(source, 0.95, 1.1)
        if y > desk.height - 0.3:
            break
        left, number = between(source, 0.5, 1.2), 0
        if chance(source, 0.1):
            written.append(tick(desk, (left, y - 0.4), 0.7))
            left += 1.0
        while left < desk.width - 2:
            marks = write(desk, _entry(source), Line(left, y, row, size, number, slope))
            written += marks
            number += len(marks)
            left = float(marks[-1].parts[0][:, 0].max()) + between(source, 0.9, 3.0)
            if chance(source, 0.4):
                break
        if chance(source, 0.06):
            written.append(underline(desk, (0.5, y + 0.35), between(source, 2, desk.width - 1)))
        row += 1
    return Scene(paper_rules(desk), written + stray_marks(desk, written), desk.width, desk.height)


def _entry(source: Random) -> str:
    """Return an entry of a note: a date, a time, a sum, an amount or words."""
    number = number_text(source, [int(source.integers(1, 5))])
    other = number_text(source, [int(source.integers(1, 4))])
    day, month, year = source.integers((1, 1, 1950), (32, 13, 2030))
    hour, minute = source.integers((0, 0), (24, 60))
    sign = str(source.choice([".", "/", "-"]))
    kinds = (
        f"{day}{sign}{month}{sign}{source.choice([year, year % 100])}",
        f"{hour}{source.choice([':', '.', 'h'])}{minute:02}",
        f"{number}{source.choice([',', '.'])}{other}",
        f"{number} {source.choice(['+', '-', 'x', '/', ':'])} {other} = {source.integers(1000)}",
        f"{number}{source.choice(['', ' '])}{source.choice(UNITS)}",
        f"{source.choice(['-', '+', '#', '='])}{number}",
        f"({number})",
        f"{word(source)} {number}",
        f"{source.integers(1, 30)}{source.choice(['.', ')'])} {word(source)}",
        words(source, int(source.integers(1, 4)), marks=False),
        f"{number}/{other}",
    )
    return kinds[source.integers(len(kinds))]
