"""Reading a page: from the marks on it to lines of digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from mnistkit.reading.confidence import confidences
from mnistkit.reading.detection import Marks
from mnistkit.reading.rows import Boxes, group_rows
from mnistkit.reading.spaces import find_spaces

# The least confidence of a digit, and of a mark among digits that is told as unsure.
LEAST_DIGIT, LEAST_UNSURE = 0.5, 0.2
# In pixels: a lower mark is no legible digit.
LEGIBLE = 4.5
# The least heat of a letter or a sign.
LEAST_HEAT = 0.4
UNSURE = "?"
# In heights of a row's digits: how far off its middle a mark may stand, how low and how high it may
# be, and how far from the next digit, to be one of the row.
MAX_RISE, MIN_HEIGHT, MAX_HEIGHT, CLOSE = 0.5, 0.55, 1.7, 0.7
# The least longer side of a sign that separates numbers, in such heights.
MIN_SIGN = 0.45
# The probability from which a digit is told to be printed.
PRINTED = 0.8


@dataclass(frozen=True)
class Digit:
    """A digit on a page, or a mark among digits that may be none.

    Args:
        label: Which digit; None of a mark that may be none.
        confidence: The probability of the label.
        box: x, y, width and height in pixels of the picture.
        printed: Whether it is printed rather than handwritten.
    """

    label: str | None
    confidence: float
    box: tuple[int, int, int, int]
    printed: bool = False


@dataclass(frozen=True)
class Line:
    """A line of digits from left to right, and its text with spaces."""

    text: str
    digits: tuple[Digit, ...]


def lines_of(marks: Marks) -> list[Line]:
    """Return the lines of digits among marks, from top to bottom.

    Args:
        marks: All marks of an upright page; boxes in its pixels.
    """
    confidence = confidences(marks)
    boxes = marks.boxes.astype(np.float64)
    digits = np.flatnonzero((confidence >= LEAST_DIGIT) & (boxes[:, 3] >= LEGIBLE))
    rows = [digits[row].tolist() for row in group_rows(boxes[digits])]
    seen = np.where(marks.is_digit, confidence >= LEAST_UNSURE, marks.heat >= LEAST_HEAT)
    _insert(np.flatnonzero(seen & (confidence < LEAST_DIGIT)), rows, boxes, marks.is_digit)
    others = boxes[~marks.is_digit & (marks.heat >= LEAST_HEAT)]
    return [
        _line(
            [_digit(marks, confidence, index) for index in row],
            [
                wide or parted
                for wide, parted in zip(gaps, _parted(boxes[row], others), strict=True)
            ],
        )
        for row, gaps in zip(rows, find_spaces(boxes, rows), strict=True)
    ]


def _parted(row: Boxes, others: Boxes) -> list[bool]:
    """Return whether a letter or a sign stands before each digit of a row but the first.

    A point or a comma does not count, as it may be one of a number.
    """
    middles = row[:, :2] + row[:, 2:] / 2
    height = float(np.median(row[:, 3]))
    others = others[others[:, 2:].max(axis=1, initial=0) >= MIN_SIGN * height]
    x, y = (others[:, :2] + others[:, 2:] / 2).T
    parted = []
    for before, after in pairwise(middles):
        between = (x > before[0]) & (x < after[0])
        level = np.interp(x, [before[0], after[0]], [before[1], after[1]])
        parted.append(bool((between & (np.abs(y - level) < MAX_RISE * height)).any()))
    return parted


def _insert(
    unsure: NDArray[np.intp], rows: list[list[int]], boxes: Boxes, is_digit: NDArray[np.bool_]
) -> None:
    """Put marks that may be none where they stand among the digits of a row."""
    middles = boxes[:, :2] + boxes[:, 2:] / 2
    whole = [list(row) for row in rows]
    for index in unsure.tolist():
        for row, digits in zip(rows, whole, strict=True):
            if _stands_among(boxes, middles, digits, index, is_digit=bool(is_digit[index])):
                row.append(index)
                row.sort(key=lambda each: float(middles[each, 0]))
                break


def _stands_among(
    boxes: Boxes, middles: Boxes, digits: Sequence[int], index: int, *, is_digit: bool
) -> bool:
    """Return whether a mark is as high as the digits of a row, and stands close to them.

    One that is no digit, such as a letter, has to stand between two digits.
    """
    height = float(np.median(boxes[digits, 3]))
    x, y = middles[index]
    level = np.interp(x, middles[digits, 0], middles[digits, 1])
    if not MIN_HEIGHT * height <= boxes[index, 3] <= MAX_HEIGHT * height:
        return False
    if abs(y - level) > MAX_RISE * height:
        return False
    left, right = boxes[digits, 0], boxes[digits, 0] + boxes[digits, 2]
    before = boxes[index, 0] - right[middles[digits, 0] < x]
    after = left[middles[digits, 0] >= x] - (boxes[index, 0] + boxes[index, 2])
    close = [gaps.size > 0 and gaps.min() < CLOSE * height for gaps in (before, after)]
    return any(close) if is_digit else all(close)


def _digit(marks: Marks, confidence: NDArray[np.float64], index: int) -> Digit:
    left, top, width, height = marks.boxes[index].tolist()
    box = round(left), round(top), max(round(width), 1), max(round(height), 1)
    sure = float(confidence[index])
    label = str(int(marks.classes[index].argmax())) if sure >= LEAST_DIGIT else None
    return Digit(label, sure, box, bool(marks.printed[index] >= PRINTED))


def _line(digits: Sequence[Digit], spaces: Sequence[bool]) -> Line:
    labels = [digit.label or UNSURE for digit in digits]
    gaps = [" " if space else "" for space in (False, *spaces)]
    return Line("".join(map(str.__add__, gaps, labels)), tuple(digits))
