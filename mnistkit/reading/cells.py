"""From rows of numbers to the cells of a table, by what stands below what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from mnistkit.reading.page import Digit

Spans = NDArray[np.float64]
"""float64 (n, 2): from where to where numbers reach along their row."""

# Of the usual height of a number: what a narrow one, as a lone 1, is taken to reach at least ...
MIN_WIDTH = 0.8
# ... and how far beside the others of its column one may stand.
NEAR = 0.3
# Of the narrower of two: they are one below the other.
SAME = 0.5
# Of the usual step from row to row: a wider one may be from one table to the next.
WIDE_STEP = 1.7
# So many numbers tell where a column is: a column may drift to a side from row to row.
RECENT = 3


@dataclass(frozen=True)
class Number:
    """Digits that stand together.

    Args:
        text: Theirs.
        box: x, y, width and height, in pixels.
    """

    text: str
    box: tuple[float, float, float, float]


def numbers_of(text: str, digits: Sequence[Digit]) -> list[Number]:
    """Return the numbers of a line, by the spaces in its text, a character a digit."""
    boxes = iter(digit.box for digit in digits)
    return [Number(word, _around(list(islice(boxes, len(word))))) for word in text.split()]


def cells_of(rows: Sequence[Sequence[Number]]) -> list[list[str]]:
    """Return a table's cells row by row, with an empty one where a column has no number.

    Numbers of different rows that stand one below the other are a column. Where half of the numbers
    of a row fit no column, another table begins.

    Args:
        rows: From top to bottom, each from left to right.
    """
    rows = [row for row in rows if row]
    if not rows:
        return []
    height = float(np.median([number.box[3] for row in rows for number in row]))
    slope = _slope(rows)
    tables = [_Table()]
    for row, apart in zip(rows, _apart(rows, slope), strict=True):
        spans = _spans(row, slope, MIN_WIDTH * height)
        if not tables[-1].fits(spans, apart=apart):
            tables.append(_Table())
        tables[-1].add([number.text for number in row], spans)
    return [cells for table in tables for cells in table.rows()]


@dataclass
class _Column:
    spans: list[NDArray[np.float64]] = field(default_factory=list)
    cells: dict[int, str] = field(default_factory=dict)

    def add(self, row: int, text: str, span: NDArray[np.float64]) -> None:
        self.spans = [*self.spans, span][-RECENT:]
        self.cells[row] = text

    @property
    def span(self) -> tuple[float, float]:
        return min(span[0] for span in self.spans), max(span[1] for span in self.spans)

    @property
    def middle(self) -> float:
        return sum(self.span) / 2


class _Table:
    """Columns from left to right, which grow row by row."""

    def __init__(self) -> None:
        self._columns: list[_Column] = []
        self._count = 0

    def rows(self) -> Iterator[list[str]]:
        """Yield the cells of each row."""
        for row in range(self._count):
            yield [column.cells.get(row, "") for column in self._columns]

    def fits(self, spans: Spans, *, apart: bool) -> bool:
        """Whether most numbers of a row stand below one column at most, and have it alone.

        Args:
            spans: Of the row.
            apart: Whether it stands away from the table; then a number needs a column, too.
        """
        # A lone number tells nothing of the others' places.
        if len(spans) <= 1 or not self._columns:
            return True
        same = self._overlaps(spans) >= SAME
        doubtful = (same.sum(axis=1) > 1) | (same & (same.sum(axis=0) > 1)).any(axis=1)
        doubtful |= apart & ~same.any(axis=1)
        return bool(2 * doubtful.sum() < len(spans))

    def add(self, texts: Sequence[str], spans: Spans) -> None:
        """Add a row, and columns for those of its numbers that have none."""
        columns, matched = self._columns, self._match(spans)
        grown: list[_Column] = []
        place = 0
        for index, (text, span) in enumerate(zip(texts, spans, strict=True)):
            own = matched.get(index)
            later = (column for number, column in matched.items() if number > index)
            end = min(later, default=len(columns)) if own is None else own
            while place < end and (own is not None or columns[place].middle < span.mean()):
                grown.append(columns[place])
                place += 1
            grown.append(_Column() if own is None else columns[own])
            grown[-1].add(self._count, text, span)
            place += own is not None
        self._columns = grown + columns[place:]
        self._count += 1

    def _overlaps(self, spans: Spans) -> NDArray[np.float64]:
        """By how much of the narrower one each number overlaps each column.

        Returns:
            float64 (numbers, columns); negative beside it, in the same measure.
        """
        columns = np.array([column.span for column in self._columns]).reshape(-1, 2)
        overlap = np.minimum(spans[:, None, 1], columns[None, :, 1])
        overlap = overlap - np.maximum(spans[:, None, 0], columns[None, :, 0])
        narrower = np.minimum(np.ptp(spans, axis=1)[:, None], np.ptp(columns, axis=1)[None])
        shares: NDArray[np.float64] = overlap / narrower
        return shares

    def _match(self, spans: Spans) -> dict[int, int]:
        """Return the column of each number that has one, in the same order; the surest first."""
        overlaps = self._overlaps(spans)
        matched: dict[int, int] = {}
        pairs = np.argwhere(overlaps > -NEAR / MIN_WIDTH)
        for number, column in pairs[np.argsort(-overlaps[tuple(pairs.T)], kind="stable")].tolist():
            if all((number - n) * (column - c) > 0 for n, c in matched.items()):
                matched[number] = column
        return matched


def _around(boxes: Sequence[tuple[int, int, int, int]]) -> tuple[float, float, float, float]:
    """The box around boxes."""
    x, y, width, height = np.array(boxes, float).T
    left, top = x.min(), y.min()
    return float(left), float(top), float((x + width).max() - left), float((y + height).max() - top)


def _slope(rows: Sequence[Sequence[Number]]) -> float:
    """How many pixels most rows fall a pixel to the right, the longer ones counting more."""
    ends = np.array([[_middle(row[0]), _middle(row[-1])] for row in rows if len(row) > 1])
    if not len(ends):
        return 0.0
    across, down = (ends[:, 1] - ends[:, 0]).T
    slopes = down / across
    order = np.argsort(slopes)
    share = np.cumsum(across[order]) / across.sum()
    return float(slopes[order[np.searchsorted(share, 0.5)]])


def _apart(rows: Sequence[Sequence[Number]], slope: float) -> list[bool]:
    """Which rows stand farther below the one before than rows usually do."""
    middles = [[_middle(number) for number in row] for row in rows]
    heights = [float(np.mean([y - slope * x for x, y in row])) for row in middles]
    steps = np.diff(heights, prepend=heights[:1])
    usual = np.median(steps[1:]) if len(steps) > 1 else 0.0
    return [bool(step > WIDE_STEP * usual) for step in steps]


def _middle(number: Number) -> tuple[float, float]:
    x, y, width, height = number.box
    return x + width / 2, y + height / 2


def _spans(row: Sequence[Number], slope: float, narrowest: float) -> Spans:
    """From where to where each number reaches along the row, if the page is turned by its slope."""
    middles = np.array([_middle(number) for number in row]).reshape(-1, 2)
    along = middles[:, 0] + slope * middles[:, 1]
    half = np.array([max(number.box[2], narrowest) / 2 for number in row])
    return np.stack([along - half, along + half], axis=1)
