"""The record of a page that was read, with the keys that JSON has everywhere, and its cells."""

from __future__ import annotations

from typing import Any

from mnistkit.reading.cells import cells_of, numbers_of
from mnistkit.reading.labels import text_of
from mnistkit.reading.page import Digit
from mnistkit.reading.pages import PageAnswer


def record_of(answer: PageAnswer, min_confidence: float) -> dict[str, Any]:
    """Return the record of a page: source and lines, or source and error.

    Args:
        answer: What was read.
        min_confidence: Below it a digit has no label.
    """
    if answer.picture is None:
        return {"source": answer.source, "error": answer.error}
    height, width = answer.picture.shape
    return {
        "source": answer.source,
        "rotated": answer.rotated,
        "size": [width, height],
        "lines": [
            {
                "text": text_of(line, min_confidence),
                "digits": [_digit_record(digit, min_confidence) for digit in line.digits],
            }
            for line in answer.lines
        ],
    }


def cells_of_page(answer: PageAnswer, min_confidence: float) -> list[list[str]]:
    """Return the numbers of a page as the cells of a table; see `cells_of`."""
    numbers = [numbers_of(text_of(line, min_confidence), line.digits) for line in answer.lines]
    return cells_of(numbers)


def _digit_record(digit: Digit, min_confidence: float) -> dict[str, Any]:
    return {
        "label": digit.label if digit.confidence >= min_confidence else None,
        "confidence": digit.confidence,
        "box": list(digit.box),
        **({"printed": True} if digit.printed else {}),
    }
