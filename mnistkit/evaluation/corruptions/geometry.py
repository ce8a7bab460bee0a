"""Geometry of MNIST-C: affine maps about the middle of the image."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.image_batches import SIDE, FloatImages, sample

MIDDLE = np.float32((SIDE - 1) / 2)

SHEAR = 0.4
"""In radians."""

SIZE = 0.7
ANGLE = 0.4
"""In radians."""

SHIFT = 3
"""In pixels, along each axis."""


def shear(ink: FloatImages, randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Return images sheared to either side; upright strokes also grow by 1 / cos(0.4), 9 %."""
    angles = SHEAR * _signs(randoms, 1)[:, 0]
    ones, zeros = np.ones(len(ink)), np.zeros(len(ink))
    return _warp(ink, [[np.cos(angles), zeros], [-np.sin(angles), ones]])


def scale(ink: FloatImages, _randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Return images shrunk to 70 %."""
    factor, zeros = np.full(len(ink), 1 / SIZE), np.zeros(len(ink))
    return _warp(ink, [[factor, zeros], [zeros, factor]])


def rotate(ink: FloatImages, randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Return images rotated by 23 degrees in either direction."""
    angles = ANGLE * _signs(randoms, 1)[:, 0]
    cosine, sine = np.cos(angles), np.sin(angles)
    return _warp(ink, [[cosine, sine], [-sine, cosine]])


def translate(ink: FloatImages, randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Return images shifted by three rows and three columns, each in either direction."""
    moved = np.zeros_like(ink)
    for image, result, (down, right) in zip(ink, moved, _signs(randoms, 2) * SHIFT, strict=True):
        padded = np.pad(image, SHIFT)
        result[:] = padded[SHIFT - down :, SHIFT - right :][:SIDE, :SIDE]
    return moved


def _signs(randoms: Sequence[np.random.Generator], count: int) -> NDArray[np.int64]:
    """Return random signs, -1 or 1, int64 (n, count)."""
    return np.stack([2 * random.integers(0, 2, count) - 1 for random in randoms])


def _warp(ink: FloatImages, inverse: Sequence[Sequence[NDArray[np.float64]]]) -> FloatImages:
    """Return images mapped by the inverse matrix of offsets (row, column) from the middle."""
    (row_row, row_column), (column_row, column_column) = (
        [part.astype(np.float32)[:, None, None] for part in line] for line in inverse
    )
    rows, columns = np.meshgrid(*2 * [np.arange(SIDE, dtype=np.float32) - MIDDLE], indexing="ij")
    return sample(
        ink,
        row_row * rows + row_column * columns + MIDDLE,
        column_row * rows + column_column * columns + MIDDLE,
    )
