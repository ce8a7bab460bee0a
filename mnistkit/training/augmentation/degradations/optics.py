"""Blurs: a lens out of focus, a moving hand, rough glass.

Reference:
    H. S. Baird: Document image defect models. Structured Document Image Analysis, 1992 (defocus
    and the jitter of pixels).
"""

from __future__ import annotations

import numpy as np

from mnistkit.core.image_batches import FloatImages, sample
from mnistkit.training.augmentation.degradations.draws import COLUMNS, ROWS, uniform

# Instants of an exposure; a picture in motion is the mean of what is seen at them.
INSTANTS = 9
DISTANCES = (ROWS - COLUMNS) ** 2


def gaussian_blur(ink: FloatImages, sigmas: FloatImages) -> FloatImages:
    """Return images blurred by Gaussians, float32 (n, 28, 28).

    Args:
        ink: float32 (n, 28, 28).
        sigmas: Standard deviation for each image in pixels, above 0, float32 (n, 1, 1).
    """
    weights = np.exp(-DISTANCES / (2 * sigmas**2)).astype(np.float32)
    weights /= weights.sum(axis=2, keepdims=True)
    return np.asarray(weights @ ink @ weights.transpose(0, 2, 1), np.float32)


def defocus(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return images out of focus."""
    return gaussian_blur(ink, uniform(0.4, 2.0, len(ink), random))


def motion_blur(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return images blurred along a straight line, often more at one of its ends."""
    count = len(ink)
    angle, length = uniform(0, 2 * np.pi, count, random), uniform(2, 12, count, random)
    rest, slowing = uniform(0, 1, count, random), uniform(0, 3, count, random)
    blurred, total = np.zeros_like(ink), np.zeros_like(length)
    for instant in np.linspace(0, 1, INSTANTS, dtype=np.float32):
        way = (instant - rest) * length
        weight = np.exp(-slowing * instant)
        blurred += weight * sample(ink, ROWS + np.sin(angle) * way, COLUMNS + np.cos(angle) * way)
        total += weight
    return blurred / total


def jitter(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return images whose pixels are displaced at random, as behind rough glass."""
    count = len(ink)
    reach = uniform(0.3, 1.7, count, random)
    moves = random.standard_normal((2, *ink.shape), np.float32) * reach
    soft = gaussian_blur(ink, uniform(0.2, 1.0, count, random))
    displaced = sample(soft, ROWS + moves[0], COLUMNS + moves[1]).astype(np.float32)
    return gaussian_blur(displaced, uniform(0.2, 1.0, count, random))
