"""What is told of a line: its labels, and `?` for what is not sure enough."""

from __future__ import annotations

import pytest

from mnistkit.reading.labels import handwritten, text_of
from mnistkit.reading.page import Digit, Line

LINE = Line(
    "12 304",
    tuple(
        Digit(label, confidence, (0, 0, 9, 9))
        for label, confidence in zip("12304", (0.9, 0.5, 0.99, 0.7, 0.4), strict=True)
    ),
)


@pytest.mark.parametrize(
    ("min_confidence", "text"),
    [(0, "12 304"), (0.45, "12 30?"), (0.5, "12 30?"), (0.8, "1? 3??"), (1, "?? ???")],
)
def test_digits_below_the_least_confidence_are_question_marks(min_confidence, text):
    assert text_of(LINE, min_confidence) == text


def partly_printed(text, printed):
    """A line of digits, of which the ones at these places are printed."""
    digits = (
        Digit(None if label == "?" else label, 0.9, (9 * place, 0, 8, 9), place in printed)
        for place, label in enumerate(text.replace(" ", ""))
    )
    return Line(text, tuple(digits))


@pytest.mark.parametrize(
    ("text", "printed", "left"),
    [
        ("12 304", (), "12 304"),
        ("12 304", (0, 1), "304"),
        ("12 304", (3,), "12 3 4"),
        ("12 304", (2, 3, 4), "12"),
        ("1?3", (1,), "1 3"),
        ("8?4", (0, 2), "?"),
    ],
)
def test_printed_digits_leave_a_gap_among_handwritten_ones(text, printed, left):
    (line,) = handwritten([partly_printed(text, printed)])
    assert line.text == left
    assert "".join(digit.label or "?" for digit in line.digits) == left.replace(" ", "")
    assert not any(digit.printed for digit in line.digits)


def test_a_line_of_print_alone_is_left_out():
    assert handwritten([partly_printed("12", (0, 1)), partly_printed("7", ())]) == (
        partly_printed("7", ()),
    )
