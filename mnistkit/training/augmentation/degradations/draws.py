"""Random numbers and coordinates for the degradations, one number for each image."""

from __future__ import annotations

import numpy as np

from mnistkit.core.image_batches import SIDE, FloatImages

ROWS, COLUMNS = np.meshgrid(*2 * [np.arange(SIDE, dtype=np.float32)], indexing="ij")


def uniform(low: float, high: float, count: int, random: np.random.Generator) -> FloatImages:
    """Return a number in [low, high] for each image, float32 (n, 1, 1)."""
    return random.uniform(low, high, (count, 1, 1)).astype(np.float32)


def log_uniform(low: float, high: float, count: int, random: np.random.Generator) -> FloatImages:
    """Return a number in [low, high] for each image, small ones more often, float32 (n, 1, 1)."""
    return np.exp(uniform(np.log(low), np.log(high), count, random))


def some(share: float, count: int, random: np.random.Generator) -> FloatImages:
    """Return 1 for a share of the images, else 0, float32 (n, 1, 1)."""
    return (random.random((count, 1, 1)) < share).astype(np.float32)
