"""Noise of MNIST-C: shot noise and impulse noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mnistkit.core.arrays import IMAGE_SHAPE
from mnistkit.core.image_batches import FloatImages

PHOTONS = 3
"""Mean number of photons of a white pixel."""

FAILING = 0.17
"""Share of the pixels that are set to black or to white, half of them each."""


def shot_noise(ink: FloatImages, randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Return images with Poisson noise: the photons that each pixel counts."""
    counts = [random.poisson(image) for image, random in zip(ink * PHOTONS, randoms, strict=True)]
    return np.stack(counts).astype(np.float32) / np.float32(PHOTONS)


def impulse_noise(ink: FloatImages, randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Return images with random pixels set to black or white."""
    chances = np.stack([random.random(IMAGE_SHAPE, np.float32) for random in randoms])
    noisy = np.where(chances < FAILING / 2, np.float32(0), ink)
    return np.where(chances >= 1 - FAILING / 2, np.float32(1), noisy)
