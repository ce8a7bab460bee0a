"""Noise of MNIST-C: few photons, and pixels that fail."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mnistkit.core.arrays import IMAGE_SHAPE
from mnistkit.core.image_batches import FloatImages

PHOTONS = 3
"""How many a white pixel gets on average."""

FAILING = 0.17
"""Share of the pixels that are black or white, one as often as the other."""


def shot_noise(ink: FloatImages, randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Count the photons of each pixel."""
    counts = [random.poisson(image) for image, random in zip(ink * PHOTONS, randoms, strict=True)]
    return np.stack(counts).astype(np.float32) / np.float32(PHOTONS)


def impulse_noise(ink: FloatImages, randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Set pixels to black or white."""
    chances = np.stack([random.random(IMAGE_SHAPE, np.float32) for random in randoms])
    noisy = np.where(chances < FAILING / 2, np.float32(0), ink)
    return np.where(chances >= 1 - FAILING / 2, np.float32(1), noisy)
