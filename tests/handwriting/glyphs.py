"""MNIST's digits, written anew by a pen.

A glyph is kept as the distance to the edge of its stroke: that stays sharp at any size, and lets a
thin pen retrace what a thick one wrote.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from handwriting.style import Pen, Random, Writer
from numpy.typing import NDArray

Field = NDArray[np.float32]

GRID = 4  # Points per MNIST pixel, each way, in a glyph's field.


@dataclass(frozen=True)
class Glyph:
    """A digit as written.

    The field is the distance, in MNIST pixels, to the edge of the stroke, positive within. The box
    is that of the sheared ink, in MNIST pixels too; `size` turns these into digit heights.
    """

    field: Field
    slant: float
    size: float
    left: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        return (self.right - self.left) * self.size


def pick_similar(images: NDArray[np.uint8], count: int, random: Random) -> NDArray[np.integer]:
    """Draw images of similar stroke width, as one pen leaves."""
    found = random.choice(len(images), 3 * count, replace=len(images) < 3 * count)
    widths = [stroke_radius(edge_distance(images[index] > 127)) for index in found]
    first = random.integers(2 * count + 1)
    return random.permutation(found[np.argsort(widths, kind="stable")][first : first + count])


def make_glyph(image: NDArray[np.uint8], writer: Writer, pen: Pen, random: Random) -> Glyph:
    field = retrace(image, radius=pen.width * 20 / 2)
    y, x = (positions / GRID for positions in np.nonzero(field > 0))
    # A writer's digits lean alike: half of what each leans by itself is taken back.
    own = np.cov(x, y)
    slant = writer.slant + 0.5 * float(np.clip(own[0, 1] / own[1, 1], -0.5, 0.5))
    bottom = float(y.max())
    sheared = x + slant * (bottom - y)
    height = float(np.clip(np.ptp(y), 15, 23))
    size = (1 + writer.unevenness * float(np.clip(random.normal(), -2, 2))) / height
    return Glyph(field, slant, size, float(sheared.min()), float(sheared.max()), bottom)


def retrace(image: NDArray[np.uint8], radius: float) -> Field:
    """Return the field of a digit written anew by a pen of a radius in MNIST pixels."""
    # Some of MNIST's digits reach the border of their image.
    wide = np.pad(image, 3).astype(np.float32)
    large = cv2.resize(wide, None, fx=GRID, fy=GRID, interpolation=cv2.INTER_CUBIC)
    ink = cv2.GaussianBlur(large, (0, 0), 1.5) > 115
    inside = edge_distance(ink)
    # More than this closes the loops of a 6 or an 8.
    grown = min(radius - stroke_radius(inside) / GRID, 0.4)
    field = (inside - edge_distance(~ink)) / GRID + grown
    # Where a stroke is thinner than what is taken off, its middle keeps it from breaking.
    middle = thin(ink)
    if middle.any():
        field = np.maximum(field, 0.85 * radius - edge_distance(~middle) / GRID)
    return cv2.GaussianBlur(field, (0, 0), 1.2)


def thin(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Thin strokes to one point's width.

    Reference: Zhang and Suen, "A fast parallel algorithm for thinning digital patterns", 1984.
    """
    kept, before = ink.copy(), -1
    while before != (before := np.count_nonzero(kept)):
        for first, second in (((0, 2, 4), (2, 4, 6)), ((0, 2, 6), (0, 4, 6))):
            # The neighbours clockwise from above; a glyph never reaches its field's border.
            steps = ((1, 0), (1, -1), (0, -1), (-1, -1), (-1, 0), (-1, 1), (0, 1), (1, 1))
            ring = np.stack([np.roll(kept, step, (0, 1)) for step in steps])
            count = ring.sum(0)
            begins = (~ring & np.roll(ring, -1, 0)).sum(0)
            within = ring[list(first)].all(0) | ring[list(second)].all(0)
            kept &= ~((count >= 2) & (count <= 6) & (begins == 1) & ~within)
    return kept


def edge_distance(ink: NDArray[np.bool_]) -> Field:
    return cv2.distanceTransform(ink.astype(np.uint8), cv2.DIST_L2, 5)


def stroke_radius(distance: Field) -> float:
    """Across a stroke the distance to its edge grows from 0 to the radius: its mean is half."""
    inside = distance[distance > 0]
    return 2 * float(inside.mean()) if inside.size else 0.0
