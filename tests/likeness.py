"""How much two images look alike."""

from __future__ import annotations

from itertools import product

import numpy as np
from numpy.typing import NDArray


def likeness(image: NDArray[np.uint8], other: NDArray[np.uint8]) -> float:
    """Return the correlation of two images, at most a pixel apart.

    To centre an image is to move it by whole pixels: a mass that lies between two goes either way.
    """
    moves = product((-1, 0, 1), repeat=2)
    moved = [np.roll(other, move, axis=(0, 1)).ravel() for move in moves]
    return float(np.corrcoef([image.ravel(), *moved])[0, 1:].max())
