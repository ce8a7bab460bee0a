"""Fields of forms: places for digits, boxes and lines to write on, boxes to tick."""

from __future__ import annotations

from dataclasses import dataclass, replace

from mnistkit.reading.learning.clutter import cross, tick
from mnistkit.reading.learning.desk import Desk
from mnistkit.reading.learning.marks import (
    Mark,
    Pen,
    between,
    bounds,
    chance,
    filled_rectangle,
    line,
    rectangle,
)
from mnistkit.reading.learning.ruling import comb
from mnistkit.reading.learning.vocabulary import word, words
from mnistkit.reading.learning.writing import (
    Line,
    centred,
    number_text,
    print_text,
    text_width,
    write,
)

# Capitals that no digit looks like.
SAFE = "ACDEFHJKLMNPRTUVWX"
BOXES, TICKS, APART = "boxes", "ticks", "apart"


@dataclass(frozen=True)
class Style:
    """The common style of a form's fields.

    Args:
        label: Height of the printed labels.
        pen: The pen of its lines.
        high: Height of a field.
        filled: Share of fields that are filled in.
        comb: How the places for digits are drawn: `BOXES`, `TICKS` or `APART`.
        shade: Darkness of the fields, from 0 to 1.
    """

    label: float
    pen: Pen
    high: float
    filled: float
    comb: str
    shade: float


@dataclass
class Form:
    """A form's marks so far, and the place of the next field."""

    printed: list[Mark]
    written: list[Mark]
    x: float
    y: float
    row: int


def comb_field(desk: Desk, form: Form, style: Style, top: float, at: Line) -> None:
    """Add a field with a place for each digit, most of them filled in."""
    source = desk.source
    count = int(source.integers(1, 10))
    wide = between(source, 0.95, 1.4)
    form.printed += _shade(style, (form.x, top, form.x + count * wide, top + style.high))
    form.printed += _places(style, (form.x, top), wide, count)
    letters = chance(source, 0.15)
    for place in range(count if chance(source, style.filled) else 0):
        if chance(source, 0.06):
            continue
        text = SAFE[source.integers(len(SAFE))] if letters else str(source.integers(10))
        middle = (
            form.x + (place + 0.5) * wide + 0.07 * float(source.normal()),
            top + style.high / 2 + 0.08 * float(source.normal()),
        )
        form.written += centred(desk, text, middle, at)
    form.x += count * wide


def _shade(style: Style, box: tuple[float, float, float, float]) -> list[Mark]:
    return [filled_rectangle(box, style.shade)] if style.shade else []


def _places(style: Style, corner: tuple[float, float], wide: float, count: int) -> list[Mark]:
    """Return the lines around places for one digit each, from a left top."""
    x, y = corner
    high, pen = style.high, style.pen
    if style.comb == BOXES:
        return comb(x, y, (wide, high), count, pen)
    lefts = [x + place * wide for place in range(count)]
    if style.comb == APART:
        return [
            rule
            for left in lefts
            for rule in rectangle((left + 0.08 * wide, y, left + 0.92 * wide, y + high), pen)
        ]
    bottom = y + 0.95 * high
    ends = [
        line((left, bottom), (left, bottom - 0.3 * high), pen)
        for left in (*lefts, x + count * wide)
    ]
    return [*ends, line((x, bottom), (x + count * wide, bottom), pen)]


def open_field(desk: Desk, form: Form, style: Style, top: float, at: Line) -> None:
    """Add a box or a line to write on, filled in with a number, a date or words."""
    source = desk.source
    text = _entry(desk)
    start = replace(at, x=form.x + 0.3, y=top + style.high * between(source, 0.72, 0.9))
    marks = write(desk, text, start)
    right = bounds(marks)[2] + between(source, 0.2, 2.0)
    form.printed += _shade(style, (form.x, top, right, top + style.high))
    if chance(source, 0.5):
        form.printed += rectangle((form.x, top, right, top + style.high), style.pen)
    else:
        bottom = top + style.high * 0.92
        form.printed.append(line((form.x, bottom), (right, bottom), style.pen))
    if chance(source, style.filled):
        form.written += marks
    form.x = right


def _entry(desk: Desk) -> str:
    """Return an entry: a number, an amount, a date, a telephone number or words."""
    source = desk.source
    number = number_text(source, [int(source.integers(1, 9))])
    way = int(source.choice(6, p=(0.5, 0.12, 0.1, 0.08, 0.15, 0.05)))
    day, month, year = source.integers((1, 1, 1950), (32, 13, 2030))
    sign = str(source.choice([".", "/", "-"]))
    return (
        number,
        f"{number}{source.choice(['.', ','])}{source.integers(10, 100)}",
        f"{day}{sign}{month}{sign}{year}",
        number_text(source, [int(n) for n in source.integers(2, 5, 3)]),
        words(source, int(source.integers(1, 3)), marks=False),
        f"{word(source)} {number}",
    )[way]


def check_boxes(desk: Desk, form: Form, style: Style, top: float) -> None:
    """Add boxes with words beside them, some ticked or crossed."""
    source = desk.source
    side = between(source, 0.5, 0.9)
    for _ in range(int(source.integers(1, 4))):
        form.printed += rectangle((form.x, top, form.x + side, top + side), style.pen)
        middle = form.x + side / 2, top + side / 2
        if chance(source, 0.5):
            mark = tick if chance(source, 0.4) else cross
            form.written.append(mark(desk, middle, side * between(source, 0.8, 1.4)))
        text = word(source)
        at = Line(form.x + 1.3 * side, top + 0.8 * side, form.row, style.label, int(form.x * 2))
        form.printed += print_text(desk, text, at)
        form.x = at.x + text_width(desk.face, text, style.label) + 0.6
