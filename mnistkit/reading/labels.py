"""What is told of digits: their labels, or `?` for those that are not sure enough."""

from __future__ import annotations

from collections.abc import Iterable

from mnistkit.reading.page import UNSURE, Digit, Line


def label_of(digit: Digit, min_confidence: float) -> str:
    """Return a digit's label, or `?` below the least confidence."""
    return digit.label if digit.label and digit.confidence >= min_confidence else UNSURE


def text_of(line: Line, min_confidence: float) -> str:
    """Return a line's text with a `?` for each digit below the least confidence."""
    labels = (label_of(digit, min_confidence) for digit in line.digits)
    return "".join(" " if character == " " else next(labels) for character in line.text)


def handwritten(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Return lines without their printed marks, a gap in the place of each; empty ones vanish."""
    kept = map(_without_print, lines)
    return tuple(line for line in kept if line.digits)


def _without_print(line: Line) -> Line:
    marks = iter(line.digits)
    characters = (
        " " if character == " " or next(marks).printed else character for character in line.text
    )
    digits = tuple(digit for digit in line.digits if not digit.printed)
    return Line(" ".join("".join(characters).split()), digits)
