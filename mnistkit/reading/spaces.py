"""Which gaps of a row are spaces between numbers."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnistkit.reading.rows import Boxes, usual_heights

# Gaps are compared by the logarithm of their width and this, in usual heights: twice as wide is as
# much more for wide writing as for narrow writing.
OFFSET = 0.3
# How much the mean gaps inside numbers and between numbers differ at least, in this measure, and as
# a multiple of their spread.
MIN_DIFFERENCE, MIN_SEPARATION, SPREAD_FLOOR = 0.7, 3.0, 0.05
# A row of fewer gaps does not show its own usual gap.
MIN_GAPS = 3
# In usual heights: a narrower gap is no space; a wider one is where neither the row nor the page
# has gaps of two kinds. A page whose usual gap is as wide has numbers of one digit alone.
NARROW_GAP, WIDE_GAP = 0.4, 1.4


def find_spaces(boxes: Boxes, rows: Sequence[Sequence[int]]) -> list[list[bool]]:
    """Return for each row whether there is a space before each of its boxes but the first."""
    if not rows:
        return []
    heights = usual_heights(boxes)
    gaps = [_gaps(boxes, row, heights) for row in rows]
    together = np.concatenate(gaps)
    page = _threshold(together)
    if page is None and len(together) >= MIN_GAPS and np.median(together) > WIDE_GAP:
        page = NARROW_GAP
    return [(row > max(_row_threshold(row, page), NARROW_GAP)).tolist() for row in gaps]


def _gaps(boxes: Boxes, row: Sequence[int], heights: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the distances between the neighbours of a row, in usual heights."""
    left, right = boxes[row, 0], boxes[row, 0] + boxes[row, 2]
    return np.asarray((left[1:] - right[:-1]) / np.median(heights[row]))


def _row_threshold(gaps: NDArray[np.float64], page: float | None) -> float:
    """Return the width from which a gap of a row is a space, by its own gaps or the page's."""
    own = _threshold(gaps) if len(gaps) >= MIN_GAPS else None
    if own is not None:
        return own
    if page is not None:
        return page
    return WIDE_GAP if len(gaps) < MIN_GAPS else np.inf


def _threshold(gaps: NDArray[np.float64]) -> float | None:
    """Return what separates the narrow gaps from the wide ones; None if they are all alike.

    Reference:
        Otsu: A threshold selection method from gray-level histograms. 1979.
    """
    ordered = np.sort(gaps)
    widths = np.log(np.maximum(ordered, 0) + OFFSET)
    best, place = 0.0, 0
    for count in range(1, len(widths)):
        difference = widths[count:].mean() - widths[:count].mean()
        between = float(difference**2 * count * (len(widths) - count))
        if between > best:
            best, place = between, count
    if not place:
        return None
    narrow, wide = widths[:place], widths[place:]
    squares = narrow.var() * len(narrow) + wide.var() * len(wide)
    spread = SPREAD_FLOOR + (squares / len(widths)) ** 0.5
    if wide.mean() - narrow.mean() <= max(MIN_DIFFERENCE, MIN_SEPARATION * spread):
        return None
    return float(np.exp((narrow[-1] + wide[0]) / 2) - OFFSET)
