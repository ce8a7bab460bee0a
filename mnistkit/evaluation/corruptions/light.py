"""Light of MNIST-C: too bright, inverted in part, and through fog."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.image_batches import SIDE, FloatImages

BRIGHTER = np.float32(0.5)
STRIPE = slice(7, 21)
"""The columns that stay as they are."""

FOG = np.float32(3)
"""How bright fog is at its thickest, as a multiple of white."""

FOG_SIDE = 256
FOG_DECAY = 1.4
"""By how much the roughness falls from one scale to the next finer one."""


def brightness(ink: FloatImages, _randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Make all brighter; what would be brighter than white is white."""
    return ink + BRIGHTER


def stripe(ink: FloatImages, _randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Invert all but a stripe in the middle."""
    striped = 1 - ink
    striped[:, :, STRIPE] = ink[:, :, STRIPE]
    return striped


def fog(ink: FloatImages, randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Lay fog over the image, and dim both to the brightness it had."""
    thickness = np.stack([plasma(random)[:SIDE, :SIDE] for random in randoms])
    brightest = ink.max(axis=(1, 2), keepdims=True)
    foggy: FloatImages = (ink + FOG * thickness) * brightest / (brightest + FOG)
    return foggy


def plasma(random: np.random.Generator) -> NDArray[np.float32]:
    """A cloud that repeats itself at its edges, float32 (256, 256) from 0 to 1.

    References:
        Fournier, Fussell, Carpenter: Computer rendering of stochastic models.
        Communications of the ACM 25, 1982 (the diamond-square algorithm).
    """
    heights = np.zeros((1, 1), np.float32)
    roughness = 1.0
    while len(heights) < FOG_SIDE:
        heights = _refined(heights, roughness, random)
        # It weighs on the height by its square.
        roughness /= FOG_DECAY**2
    heights -= heights.min()
    heights /= heights.max()
    return heights


def _refined(
    heights: NDArray[np.float32], roughness: float, random: np.random.Generator
) -> NDArray[np.float32]:
    """Double both sides: each new point is the mean of its four neighbours, and chance."""
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
