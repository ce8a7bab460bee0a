"""Finding the lines of ruled and squared paper, which join the digits written on them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.preprocessing.components import find_components

Mask = NDArray[np.bool_]
"""bool (height, width)."""

# Share of the picture's side along a line: the least length of its straight pieces.
PIECE_SHARE = 0.2
# Share of the picture's side across the lines. Thicker ones are strokes.
MAX_THICKNESS = 0.04
# Pixels. Dots closer than twice this are a line.
GAP = 2
# Share of the pixels of lines, of which at least the thinnest are no strokes.
THIN_SHARE = 0.25
# A digit cropped closely has one or two straight strokes from border to border.
SQUARED = 3


def find_rulings(mask: Mask) -> Mask:
    """Return the pixels of straight thin lines across the whole picture.

    Where a stroke crosses a line, the pixels are the stroke's. A few lines that lie in ink that
    reaches all four sides may be strokes of a digit, and are not returned.

    Args:
        mask: Where the ink is.
    """
    rows, count = _horizontal(mask)
    columns, columns_count = _horizontal(mask.T)
    crossings = mask & _nearly(rows) & _nearly(columns).T
    rulings = rows | columns.T | crossings
    if count + columns_count >= SQUARED or not rulings.any() or not _fills(mask, rulings):
        return rulings
    return np.zeros_like(mask)


def _fills(mask: Mask, rulings: Mask) -> bool:
    """Return whether the ink that is joined with lines reaches all four sides."""
    parts = find_components(mask, rulings.astype(np.float32))
    joined = parts.mass > 0
    box = parts.top[joined].min(), parts.left[joined].min()
    ends = parts.bottom[joined].max(), parts.right[joined].max()
    return box == (0, 0) and ends == mask.shape


def _horizontal(mask: Mask) -> tuple[Mask, int]:
    """Return the pixels of lines from left to right, and how many lines there are.

    Strokes along a line may be joined with it, but most of its pixels are thin.
    """
    width = mask.shape[1]
    pieces = _run_lengths(_nearly(mask)) >= PIECE_SHARE * width
    if not pieces.any():
        return pieces, 0
    parts = find_components(pieces, pieces.astype(np.float32))
    long = (parts.left == 0) & (parts.right == width)
    lines = parts.mask(long, mask.shape) & mask
    if not lines.any():
        return lines, 0
    thickness = _run_lengths(mask.T).T
    usual = float(np.quantile(thickness[lines], THIN_SHARE))
    if usual > MAX_THICKNESS * mask.shape[0]:
        return np.zeros_like(mask), 0
    return lines & (thickness <= 1.5 * usual + 1), int(long.sum())


def _nearly(mask: Mask) -> Mask:
    """Return a mask in which a line goes on across a small gap and in the next row."""
    padded = np.pad(mask, ((1, 1), (GAP, GAP)))
    rows = padded[:-2] | padded[1:-1] | padded[2:]
    shifted = [rows[:, shift : shift + mask.shape[1]] for shift in range(2 * GAP + 1)]
    near: Mask = np.logical_or.reduce(shifted)
    return near


def _run_lengths(mask: Mask) -> NDArray[np.int64]:
    """Return for each True how many there are in its row without a gap; 0 for False."""
    padded = np.zeros((mask.shape[0], mask.shape[1] + 2), np.int8)
    padded[:, 1:-1] = mask
    change = np.diff(padded, axis=1).ravel()
    lengths = np.flatnonzero(change == -1) - np.flatnonzero(change == 1)
    found = np.zeros(mask.shape, np.int64)
    found[mask] = np.repeat(lengths, lengths)
    return found
