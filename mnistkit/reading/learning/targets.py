"""The targets of the network for a made page, cell by cell.

Reference:
    Law, Deng: CornerNet, detecting objects as paired keypoints. 2018 (Gaussian peaks).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from mnistkit.reading.detection import STRIDE, UNIT_SIDE
from mnistkit.reading.learning.made_page import Glyph, MadePage

# The standard deviation of a peak: as a share of the box's side, and at least, in cells.
SLOPE, LEAST_SLOPE = 0.14, 0.6
# The least heat of a cell whose class and box are trained, too.
OWN = 0.2

NO_DIGIT = -1

Cells = NDArray[np.float32]


@dataclass(frozen=True)
class Targets:
    """The targets of each cell of a page, or of a batch of pages.

    Args:
        heat: float32 (..., rows, columns, 2): Gaussian peaks, 1 in the cell with the middle of a
            digit, or of another mark.
        counted: float32 (..., rows, columns): 0 in marks that the page's edge cuts, else 1.
        weight: float32 (..., rows, columns): weight of a cell's class, print and box.
        label: int32 (..., rows, columns): the digit, -1 for none.
        printed: float32 (..., rows, columns): 1 for print.
        boxes: float32 (..., rows, columns, 4): as the network's output `boxes`.
    """

    heat: Cells
    counted: Cells
    weight: Cells
    label: NDArray[np.int32]
    printed: Cells
    boxes: Cells


def targets(page: MadePage) -> Targets:
    """Return the targets of a page, whose sides are multiples of the stride."""
    rows, columns = (side // STRIDE for side in page.grey.shape)
    made = Targets(
        heat=np.zeros((rows, columns, 2), np.float32),
        counted=np.ones((rows, columns), np.float32),
        weight=np.zeros((rows, columns), np.float32),
        label=np.full((rows, columns), NO_DIGIT, np.int32),
        printed=np.zeros((rows, columns), np.float32),
        boxes=np.zeros((rows, columns, 4), np.float32),
    )
    for glyph in page.glyphs:
        if is_cut(glyph, page.grey.shape):
            made.counted[_cells_of(glyph)] = 0.0
    for glyph in page.glyphs:
        if not is_cut(glyph, page.grey.shape):
            _add(made, glyph)
    return made


def stacked(pages: Sequence[Targets]) -> Targets:
    """Return the targets of a batch."""
    names = [field.name for field in fields(Targets)]
    return Targets(*(np.stack([getattr(page, name) for page in pages]) for name in names))


def _add(made: Targets, glyph: Glyph) -> None:
    """Add a mark's peak; a cell between two marks belongs to the nearer one."""
    rows, columns = made.counted.shape
    left, top, width, height = glyph.box
    x, y = (left + width / 2) / STRIDE, (top + height / 2) / STRIDE
    row, column = min(int(y), rows - 1), min(int(x), columns - 1)
    slope = _slope(row, rows, height)[:, None] * _slope(column, columns, width)
    channel = made.heat[..., int(glyph.label is None)]
    np.maximum(channel, slope, out=channel)
    made.counted[row, column] = 1.0
    own = (slope >= OWN) & (slope > made.weight)
    made.weight[own] = slope[own]
    made.label[own] = NO_DIGIT if glyph.label is None else glyph.label
    made.printed[own] = float(glyph.printed)
    sides = np.log(np.maximum((width, height), 1.0) / UNIT_SIDE)
    where = np.argwhere(own)[:, ::-1] + 0.5
    made.boxes[own, :2] = sides
    made.boxes[own, 2:] = (x, y) - where


def _slope(peak: int, cells: int, side: float) -> Cells:
    """Return a Gaussian over the cells of one axis, 1 at the peak."""
    deviation = max(LEAST_SLOPE, SLOPE * side / STRIDE)
    distance = (np.arange(cells, dtype=np.float32) - peak) / deviation
    return np.exp(-0.5 * distance * distance, dtype=np.float32)


def is_cut(glyph: Glyph, shape: tuple[int, ...]) -> bool:
    """Return whether a mark reaches the page's edge, so that it may be cut."""
    left, top, width, height = glyph.box
    return left <= 0 or top <= 0 or left + width >= shape[1] or top + height >= shape[0]


def _cells_of(glyph: Glyph) -> tuple[slice, slice]:
    left, top, width, height = glyph.box
    across = slice(max(int(left / STRIDE), 0), max(int((left + width) / STRIDE) + 1, 0))
    down = slice(max(int(top / STRIDE), 0), max(int((top + height) / STRIDE) + 1, 0))
    return down, across
