"""Lists of school marks: names, and numbers in columns, with or without lines."""

from __future__ import annotations

from mnistkit.reading.learning.clutter import circle, stray_marks, tick, underline
from mnistkit.reading.learning.desk import Desk, Scene, with_close_hand
from mnistkit.reading.learning.marks import Mark, Pen, between, bounds, chance, line
from mnistkit.reading.learning.ruling import paper_rules
from mnistkit.reading.learning.vocabulary import word, words
from mnistkit.reading.learning.writing import Line, centred, print_text, write


def lay_marks(desk: Desk) -> Scene:
    """Return a list: names, some numbered, with columns of marks."""
    desk = with_close_hand(desk)
    source = desk.source
    by_hand = chance(source, 0.65)
    pitch = between(source, 1.3, 2.2)
    columns = int(source.integers(1, 7))
    names = between(source, 4.5, 8.0)
    step = between(source, 1.6, 2.8) + max(0.0, desk.hand.gap)
    pen = Pen(between(source, 0.015, 0.05), between(source, 0.2, 0.9))
    ruled = chance(source, 0.4)
    printed = [] if ruled else paper_rules(desk, 0.5)
    written: list[Mark] = []
    y, row = between(source, 1.2, 2.5), 0
    width = max(desk.width, names + (columns + 1) * step + 2)
    if chance(source, 0.5):
        written += write(desk, words(source, 2, marks=False), Line(0.6, y, row, size=1.2))
        y, row = y + 1.6 * pitch, row + 1
    while y < desk.height - 0.3:
        name = _name(desk, Line(0.5, y, row, size=0.75), numbered=row, by_hand=by_hand)
        (written if by_hand else printed).extend(name)
        start = max(names, bounds(name)[2] + 0.5)
        for column in range(columns):
            written += _mark(desk, (start + (column + 0.5) * step, y - 0.5), row, column + 4)
        if ruled:
            printed.append(line((0.3, y + 0.3), (width - 0.3, y + 0.3), pen))
        y, row = y + pitch, row + 1
    if chance(source, 0.4):
        written.append(underline(desk, (names, y - pitch + 0.35), columns * step))
    return Scene(printed, written + stray_marks(desk, written, 0.2), width, desk.height)


def _name(desk: Desk, start: Line, *, numbered: int, by_hand: bool) -> list[Mark]:
    text = " ".join(word(desk.source).capitalize() for _ in range(1 + chance(desk.source, 0.3)))
    if numbered and chance(desk.source, 0.3):
        text = f"{numbered}. {text}"
    return write(desk, text, start) if by_hand else print_text(desk, text, start)


def _mark(desk: Desk, place: tuple[float, float], row: int, number: int) -> list[Mark]:
    """Return a school mark; some are missing, a tick, with a fraction or sign, or in a ring."""
    source = desk.source
    loose = place[0] + 0.15 * float(source.normal()), place[1] + 0.05 * float(source.normal())
    if chance(source, 0.08):
        return []
    if chance(source, 0.06):
        return [tick(desk, loose, 0.7)]
    text = str(source.integers(0, int(source.choice([7, 21, 101]))))
    if chance(source, 0.06):
        text += str(source.choice([".5", "+", "-", "/9", ",5", "%"]))
    marks = centred(desk, text, loose, Line(0, 0, row, number=number))
    return [*marks, circle(desk, loose, 1.1)] if chance(source, 0.05) else marks
