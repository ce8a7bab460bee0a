"""Writing and printing text along a baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from mnistkit.reading.learning.desk import Desk, pick_face
from mnistkit.reading.learning.hands import aligned, bend, write_digit
from mnistkit.reading.learning.marks import (
    Mark,
    Pen,
    Shape,
    Tag,
    between,
    bounds,
    chance,
    extent,
    moved,
    placed,
)
from mnistkit.reading.learning.typefaces import Typeface

DIGITS = "0123456789"
IN_ONE = ".,"
"""Signs that may stand within a number."""

# The gap between printed words, in heights of a capital.
SPACE = 0.4
# Digits touch only in hands with narrower gaps.
CLOSE = 0.35
# The widest stroke: as a share of a character's height, and of dots, in digit heights.
FINE, THINNEST = 0.16, 0.05


@dataclass(frozen=True)
class Line:
    """A baseline and its text's size and place: y is `y + slope * d + curve * d ** 2` at `x + d`.

    Args:
        x: Its start.
        y: The baseline at its start.
        row: The number of the line on the page.
        size: Height of capitals and usual digits.
        number: The number of its first number or word in the row.
        slope: How far it falls to the right.
        curve: The change of the slope, halved.
    """

    x: float
    y: float
    row: int
    size: float = 1.0
    number: int = 0
    slope: float = 0.0
    curve: float = 0.0

    def at(self, x: float) -> tuple[float, float]:
        """Return y and the angle in radians at an x."""
        away = x - self.x
        angle = np.arctan(self.slope + 2 * self.curve * away)
        return self.y + self.slope * away + self.curve * away**2, float(angle)


def write(desk: Desk, text: str, line: Line) -> list[Mark]:
    """Return handwritten text; its numbers count up as `_numbers` says."""
    marks: list[Mark] = []
    x, size, source = line.x, line.size, desk.source
    for character, number in zip(text, _numbers(text, line.number), strict=True):
        if character == " ":
            x += size * between(source, 0.6, 1.5) * max(0.9, 1.4 * desk.hand.gap)
            continue
        shape = _written(desk, character)
        y, angle = line.at(x)
        lifted = y + size * float(source.normal(0, 0.03))
        inked = placed(shape, size, (x, lifted), angle + float(source.normal(0, 0.03)))
        tag = Tag(_label(character), printed=False, row=line.row, number=number)
        marks.append(Mark(inked.parts, _fine_pen(desk, shape, size), shape.filled, tag))
        x = extent(inked)[2] + size * _gap(desk, character, shape)
    return marks


def _numbers(text: str, first: int) -> list[int]:
    """Return the number or word in which each character stands, counted from `first`.

    A space starts the next one, and so does a digit after a letter or a sign that is not `IN_ONE`.
    """
    numbers, number, begun, parted = [], first, False, False
    for character in text:
        if character == " ":
            number, begun, parted = number + 1, False, False
        elif character in DIGITS:
            number, begun, parted = number + parted, True, False
        elif character not in IN_ONE:
            parted = begun
        numbers.append(number)
    return numbers


def print_text(desk: Desk, text: str, line: Line, face: Typeface | None = None) -> list[Mark]:
    """Return printed text; its numbers count up as `_numbers` says."""
    face = face or desk.face
    marks: list[Mark] = []
    x = line.x
    for character, number in zip(text, _numbers(text, line.number), strict=True):
        if character == " ":
            x += SPACE * line.size
            continue
        y, angle = line.at(x)
        inked = placed(face.outline(character), line.size, (x, y), angle)
        tag = Tag(_label(character), printed=True, row=line.row, number=number)
        marks.append(Mark(inked.parts, desk.print_pen, filled=True, tag=tag))
        x += inked.advance
    return marks


def reversed_text(desk: Desk, text: str, at: Line, right: float) -> list[Mark]:
    """Return a dark bar with text left blank in it, and the text's marks, which have no ink."""
    letters = print_text(desk, text, at, pick_face(desk.source, desk.digits.typefaces))
    top, bottom = at.y - 1.35 * at.size, at.y + 0.35 * at.size
    left = at.x - 0.4 * at.size
    end = max(right, bounds(letters)[2] + 0.4 * at.size)
    bar = np.array([(left, top), (end, top), (end, bottom), (left, bottom)])
    holes = [part for mark in letters for part in mark.parts]
    ground = Mark((bar, *holes), Pen(0, between(desk.source, 0.5, 1.0)), filled=True)
    return [ground, *(replace(mark, pen=Pen(0, 0)) for mark in letters)]


def text_width(face: Typeface, text: str, size: float) -> float:
    """Return the width of printed text."""
    return sum(SPACE * size if c == " " else face.outline(c).advance * size for c in text)


def _fine_pen(desk: Desk, shape: Shape, size: float) -> Pen:
    """Return the pen, thin enough to keep the loops of a small character open."""
    _, top, _, bottom = extent(shape)
    widest = max(THINNEST, FINE * (bottom - top)) * size
    return replace(desk.pen, width=min(desk.pen.width * min(1.0, 0.4 + 0.6 * size), widest))


def _written(desk: Desk, character: str) -> Shape:
    if character in DIGITS:
        return write_digit(desk.hand, int(character), desk.digits, desk.source)
    return write_letter(desk, character)


def write_letter(desk: Desk, character: str) -> Shape:
    """Return a handwritten letter or sign."""
    hand, source = desk.hand, desk.source
    shape = hand.face.strokes(character)
    bent = bend([*shape.parts], hand.wobble, source)
    breadth = hand.breadth * np.exp(source.normal(0, 0.1))
    matrix = np.array([(breadth, 0.0), (-hand.slant, 1.0)])
    return aligned([part @ matrix for part in bent], filled=False)


def _gap(desk: Desk, character: str, shape: Shape) -> float:
    """Return a random gap to the next character; letters stand close together."""
    hand, source = desk.hand, desk.source
    if hand.gap < CLOSE and chance(source, hand.touching):
        return -min(between(source, 0.0, 0.08), 0.15 * shape.advance)
    gap = hand.gap if character in DIGITS else min(hand.gap, 0.2)
    return gap * float(np.exp(source.normal(0, hand.gap_spread))) + desk.pen.width


def _label(character: str) -> int | None:
    return int(character) if character in DIGITS else None


def number_text(source: np.random.Generator, lengths: Sequence[int]) -> str:
    """Return random numbers with these numbers of digits, with spaces between."""
    return " ".join("".join(map(str, source.integers(0, 10, length))) for length in lengths)


def centred(desk: Desk, text: str, place: tuple[float, float], line: Line) -> list[Mark]:
    """Return handwritten text with its middle at a place; `line` gives its size, row and number."""
    marks = write(desk, text, line)
    left, top, right, bottom = bounds(marks)
    return moved(marks, place[0] - (left + right) / 2, place[1] - (top + bottom) / 2)


def print_centred(desk: Desk, text: str, place: tuple[float, float], line: Line) -> list[Mark]:
    """Return printed text with its middle at a place; `line` gives its size, row and number."""
    marks = print_text(desk, text, line)
    left, top, right, bottom = bounds(marks)
    return moved(marks, place[0] - (left + right) / 2, place[1] - (top + bottom) / 2)


def paragraph(desk: Desk, text: str, box: tuple[float, float, float], line: Line) -> list[Mark]:
    """Return printed text in lines, in a box of left, top and width; `line` gives size and row."""
    x, y, width = box
    marks: list[Mark] = []
    rows = _broken(desk.face, text, width, line.size)
    pitch = line.size * between(desk.source, 1.35, 2.0)
    for number, row in enumerate(rows):
        place = replace(line, x=x, y=y + line.size + number * pitch, row=line.row + number)
        marks += print_text(desk, row, place)
    return marks


def _broken(face: Typeface, text: str, width: float, size: float) -> list[str]:
    """Return a text's lines, broken at a width; a line has at least one word."""
    rows = [""]
    for word in text.split(" "):
        longer = f"{rows[-1]} {word}".strip()
        if rows[-1] and text_width(face, longer, size) > width:
            rows.append(word)
        else:
            rows[-1] = longer
    return rows
