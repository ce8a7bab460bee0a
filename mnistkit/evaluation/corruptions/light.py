"""Light of MNIST-C: too bright, inverted in part, and through fog."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.image_batches import SIDE, FloatImages

BRIGHTER = np.float32(0.5)
STRIPE = slice(7, 21)
"""The columns that are not inverted."""

FOG = np.float32(3)
"""Brightness of the thickest fog, as a multiple of white."""

FOG_SIDE = 256
FOG_DECAY = 1.4
"""Factor by which the roughness falls from one scale to the next finer one."""


def brightness(ink: FloatImages, _randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Return images with 0.5 added to every pixel."""
    return ink + BRIGHTER


def stripe(ink: FloatImages, _randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Return images inverted except for a vertical stripe in the middle."""
    striped = 1 - ink
    striped[:, :, STRIPE] = ink[:, :, STRIPE]
    return striped


def fog(ink: FloatImages, randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Return images with fog added, dimmed to the brightness they had."""
    thickness = np.stack([plasma(random)[:SIDE, :SIDE] for random in randoms])
    brightest = ink.max(axis=(1, 2), keepdims=True)
    foggy: FloatImages = (ink + FOG * thickness) * brightest / (brightest + FOG)
    return foggy


def plasma(random: np.random.Generator) -> NDArray[np.float32]:
    """Return a random cloud, periodic at its edges, float32 (256, 256) in [0, 1].

    Reference:
        A. Fournier, D. Fussell, L. Carpenter: Computer rendering of stochastic models.
        Communications of the ACM 25, 1982 (the diamond-square algorithm).
    """
    heights = np.zeros((1, 1), np.float32)
    roughness = 1.0
    while len(heights) < FOG_SIDE:
        heights = _refined(heights, roughness, random)
        # In MNIST-C the amplitude is the square of the roughness.
        roughness /= FOG_DECAY**2
    heights -= heights.min()
    heights /= heights.max()
    return heights


def _refined(
    heights: NDArray[np.float32], roughness: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Return heights of twice the side; new points are the mean of four neighbours, plus noise."""
    side = len(heights)
    chances = np.float32(roughness) * (2 * random.random((3, side, side), np.float32) - 1)
    below, right = np.roll(heights, -1, axis=0), np.roll(heights, -1, axis=1)
    middles = (heights + below + right + np.roll(below, -1, axis=1)) / 4 + chances[0]
    fine = np.empty((2 * side, 2 * side), np.float32)
    fine[::2, ::2] = heights
    fine[1::2, 1::2] = middles
    fine[::2, 1::2] = (heights + right + middles + np.roll(middles, 1, axis=0)) / 4 + chances[1]
    fine[1::2, ::2] = (heights + below + middles + np.roll(middles, 1, axis=1)) / 4 + chances[2]
    return fine
