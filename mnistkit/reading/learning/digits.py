"""MNIST's digits as strokes and outlines."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistkit.core.arrays import ClassIndices, Images
from mnistkit.reading.learning.marks import Shape
from mnistkit.reading.learning.skeletons import Points, skeleton, smoothed
from mnistkit.reading.learning.typefaces import Typefaces

# Factors by which images are enlarged for strokes and for outlines.
THINNED, OUTLINED = 2, 4
# The grey level between ink and paper once enlarged.
INK = 80
# Distance of a stroke's points, in pixels of the enlarged image.
SPACING = 2.0
# The loops of a digit, and how many images are tried to find one with as many.
LOOPS = {0: 1, 6: 1, 8: 2, 9: 1}
TRIES = 6
# Images of a digit that are used at most: their strokes and outlines are cached.
ENOUGH = 1200


class Digits:
    """Images of digits as strokes and outlines, which are cached, and typefaces.

    Args:
        images: uint8 (n, 28, 28) of all ten digits.
        labels: The digit in each, (n,).
        typefaces: For print, and for handwritten letters.
    """

    def __init__(self, images: Images, labels: ClassIndices, typefaces: Typefaces) -> None:
        self.typefaces = typefaces
        self._images = images
        self._indices = [np.flatnonzero(labels == label) for label in range(10)]
        self._strokes: dict[int, Shape] = {}
        self._outlines: dict[int, Shape] = {}
        missing = [label for label in range(10) if not len(self._indices[label])]
        if missing:
            raise ValueError(f"expected images of all ten digits, none of {missing[0]}")

    def pick(self, label: int, source: np.random.Generator) -> int:
        """Return the index of a random image of a digit, preferably with open loops."""
        indices = self._indices[label][:ENOUGH]
        for _ in range(TRIES):
            index = int(indices[source.integers(len(indices))])
            if label not in LOOPS or _holes(self._images[index]) == LOOPS[label]:
                break
        return index

    def strokes(self, index: int) -> Shape:
        """Return the strokes of an image, along the middle of its ink."""
        if index not in self._strokes:
            large = _enlarged(self._images[index], THINNED)
            paths = [smoothed(path, SPACING) for path in skeleton(large > INK)]
            self._strokes[index] = as_shape(paths, filled=False)
        return self._strokes[index]

    def outlines(self, index: int) -> Shape:
        """Return the outlines of an image's ink."""
        if index not in self._outlines:
            self._outlines[index] = _outlined(self._images[index])
        return self._outlines[index]


def _outlined(image: NDArray[np.uint8]) -> Shape:
    large = _enlarged(image, OUTLINED)
    soft = cv2.GaussianBlur(large, (0, 0), OUTLINED / 3)
    found, _ = cv2.findContours(
        (soft > INK).astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE
    )
    return as_shape([part[:, 0].astype(float) for part in found], filled=True)


def _holes(image: NDArray[np.uint8]) -> int:
    """Return the number of loops with paper inside, once enlarged."""
    ink = (_enlarged(image, THINNED) > INK).astype(np.uint8)
    _, nested = cv2.findContours(ink, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    return 0 if nested is None else int((nested[0, :, 3] >= 0).sum())


def _enlarged(image: NDArray[np.uint8], times: int) -> NDArray[np.uint8]:
    large = cv2.resize(image, None, fx=times, fy=times, interpolation=cv2.INTER_CUBIC)
    return large.astype(np.uint8)


def as_shape(paths: list[Points], *, filled: bool) -> Shape:
    """Return paths as a shape that is 1 high and stands on its baseline from x = 0."""
    paths = [path for path in paths if len(path) > 1] or [np.array([(0.0, 0.0), (0.0, 1.0)])]
    points = np.concatenate(paths)
    low, high = points.min(axis=0), points.max(axis=0)
    size = max(float(high[1] - low[1]), float(high[0] - low[0]) / 2, 1e-6)
    corner = np.array([low[0], high[1]])
    parts = tuple((path - corner) / size for path in paths)
    return Shape(parts, filled, float(high[0] - low[0]) / size)
