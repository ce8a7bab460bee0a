"""Exam sheets: printed questions with numbers in them, answers and marks by hand."""

from __future__ import annotations

from mnistkit.reading.learning.clutter import circle, cross, stray_marks, tick
from mnistkit.reading.learning.desk import Desk, Scene, with_close_hand
from mnistkit.reading.learning.marks import Mark, between, bounds, chance, line, rectangle
from mnistkit.reading.learning.vocabulary import word, words
from mnistkit.reading.learning.writing import (
    Line,
    centred,
    number_text,
    print_text,
    text_width,
    write,
)

# The room for points at the right.
FOR_POINTS = 4.5


def lay_exam(desk: Desk) -> Scene:
    """Return printed questions with handwritten answers, and points beside some."""
    desk = with_close_hand(desk)
    source = desk.source
    size = between(source, 0.6, 1.1)
    printed: list[Mark] = []
    written: list[Mark] = []
    y, row, question = between(source, 1.0, 2.5), 0, 1
    if chance(source, 0.5):
        title = Line(0.6, y, row, size=1.4 * size)
        printed += print_text(desk, words(source, 2, marks=False), title)
        y, row = y + 2.2, row + 1
    numbered = str(source.choice(["{})", "{}.", "({})", "Q{}", "Question {}:", "{}"]))
    while y < desk.height - 0.5:
        start = Line(0.6, y, row, size=size)
        asked, answered = _question(desk, numbered.format(question), start)
        printed += asked
        written += answered
        bottom = max([bounds(answered)[3] if answered else y, bounds(asked)[3]])
        y = max(y + between(source, 1.5, 3.0), bottom + between(source, 1.1, 1.8))
        row, question = row + 2, question + 1
    return Scene(printed, written + stray_marks(desk, written, 0.25), desk.width, desk.height)


def _question(desk: Desk, name: str, start: Line) -> tuple[list[Mark], list[Mark]]:
    source = desk.source
    if chance(source, 0.5):
        printed, written = _sum(desk, name, start)
    elif chance(source, 0.6):
        printed, written = _asked_in_words(desk, name, start)
    else:
        printed, written = _choices(desk, name, start)
    if chance(source, 0.5) and bounds(printed + written)[2] < desk.width - FOR_POINTS:
        printed += _points_box(desk, start)
        written += _points(desk, start)
    return printed, written


def _sum(desk: Desk, name: str, start: Line) -> tuple[list[Mark], list[Mark]]:
    """Return a printed sum, and its handwritten result."""
    source = desk.source
    first, second = source.integers(1, int(source.choice([10, 100, 1000])), 2)
    sign = str(source.choice(["+", "-", "/", "=", "x"]))
    text = f"{name} {first} {sign} {second} ="
    printed = print_text(desk, text, start)
    x = start.x + text_width(desk.face, text, start.size) + 0.5
    if chance(source, 0.6):
        end = x + between(source, 2, 5), start.y + 0.1
        printed.append(line((x, start.y + 0.1), end, desk.print_pen))
    answer = number_text(source, [int(source.integers(1, 5))])
    if chance(source, 0.85):
        return printed, write(desk, answer, Line(x + 0.2, start.y, start.row, number=9))
    return printed, []


def _asked_in_words(desk: Desk, name: str, start: Line) -> tuple[list[Mark], list[Mark]]:
    """Return a printed sentence, and handwritten numbers below it."""
    source = desk.source
    text = f"{name} {words(source, int(source.integers(2, 9)))}"
    if chance(source, 0.4):
        text += f" {source.integers(2, 500)} {word(source)}?"
    printed = print_text(desk, text, start)
    answer = number_text(source, [int(n) for n in source.integers(1, 5, source.integers(1, 4))])
    if chance(source, 0.2):
        answer = f"{word(source)} = {answer}"
    below = Line(
        start.x + between(source, 0.5, 2), start.y + between(source, 1.4, 2), start.row + 1
    )
    return printed, write(desk, answer, below) if chance(source, 0.85) else []


def _choices(desk: Desk, name: str, start: Line) -> tuple[list[Mark], list[Mark]]:
    """Return printed answers with a box each, some ticked or crossed."""
    source = desk.source
    printed = print_text(desk, name, start)
    written: list[Mark] = []
    x, side = start.x + text_width(desk.face, name, start.size) + 0.6, start.size
    for number in range(int(source.integers(2, 5))):
        top = start.y - side
        printed += rectangle((x, top, x + side, start.y), desk.print_pen)
        if chance(source, 0.4):
            mark = tick if chance(source, 0.5) else cross
            written.append(mark(desk, (x + side / 2, top + side / 2), 1.2 * side))
        text = str(source.integers(100)) if chance(source, 0.6) else word(source)
        at = Line(x + 1.4 * side, start.y, start.row, start.size, number + 3)
        printed += print_text(desk, text, at)
        x = at.x + text_width(desk.face, text, start.size) + 0.9
    return printed, written


def _points_box(desk: Desk, start: Line) -> list[Mark]:
    """Return the printed maximum of points, at the right."""
    text = f"/ {desk.source.integers(1, 21)}"
    at = Line(desk.width - 2.2, start.y, start.row, start.size, 20)
    return print_text(desk, text, at)


def _points(desk: Desk, start: Line) -> list[Mark]:
    """Return handwritten points, some in a ring, or a tick."""
    source = desk.source
    place = desk.width - 3.2, start.y - 0.5
    if chance(source, 0.2):
        return [tick(desk, place, 0.8)]
    points = centred(desk, str(source.integers(0, 21)), place, Line(0, 0, start.row, number=18))
    return [*points, circle(desk, place, 1.2)] if chance(source, 0.2) else points
