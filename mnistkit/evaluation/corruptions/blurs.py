"""Blurs of MNIST-C: behind ribbed glass, and by motion."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.image_batches import SIDE, WHITE, FloatImages

GLASS_SIGMA = 0.7
GLASS_ROUNDS = 2
# Each pixel of these rows and columns, from the last, may be swapped with a neighbour.
GLASS_PLACES = range(SIDE - 1, 1, -1)

MOTION_SIGMA = 3.0
MOTION_RADIUS = 10
MOTION_ANGLE = 45
"""Largest angle from the horizontal, in degrees."""


def glass_blur(ink: FloatImages, randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Return images blurred, with neighbouring pixels swapped, and blurred again.

    As in the published images, the blur is along the columns only, and a pixel is swapped with
    itself or its left, upper or upper left neighbour.
    """
    places = (GLASS_ROUNDS, len(GLASS_PLACES), len(GLASS_PLACES))
    moves = np.stack([random.random(places) < 1 / 2 for random in randoms], axis=-1)
    steps = np.stack([random.integers(-1, 1, (*places, 2)) for random in randoms], axis=-1)
    pixels = np.floor(_blur_columns(ink) * WHITE)
    every = np.arange(len(ink))
    for rounds in range(GLASS_ROUNDS):
        for i, row in enumerate(GLASS_PLACES):
            for j, column in enumerate(GLASS_PLACES):
                step = steps[rounds, i, j] * moves[rounds, i, j]
                other = every, row + step[0], column + step[1]
                moved = pixels[other]
                pixels[other] = pixels[:, row, column]
                pixels[:, row, column] = moved
    return _blur_columns(pixels / WHITE)


def motion_blur(ink: FloatImages, randoms: Sequence[np.random.Generator]) -> FloatImages:
    """Return images blurred along a line from each pixel, at an angle up to 45 degrees."""
    import cv2

    blurred = np.empty_like(ink)
    for image, random, result in zip(ink, randoms, blurred, strict=True):
        kernel = _motion_kernel(random.uniform(-MOTION_ANGLE, MOTION_ANGLE))
        cv2.filter2D(image, -1, kernel, dst=result, borderType=cv2.BORDER_REPLICATE)
    return blurred


def _blur_columns(ink: FloatImages) -> FloatImages:
    """Return images blurred along the columns by a Gaussian, with the edge pixels repeated."""
    reach = round(4 * GLASS_SIGMA)
    weights = _half_gaussian(reach + 1, GLASS_SIGMA)
    padded = np.pad(ink, ((0, 0), (reach, reach), (0, 0)), mode="edge")
    total = weights[0] + 2 * weights[1:].sum()
    blurred = sum(
        weights[abs(step)] / total * padded[:, reach + step : reach + step + SIDE]
        for step in range(-reach, reach + 1)
    )
    return np.asarray(blurred, np.float32)


def _motion_kernel(degrees: float) -> NDArray[np.float32]:
    """Return half a Gaussian along a line from the middle, float32 (41, 41)."""
    width = 2 * MOTION_RADIUS + 1
    weights = _half_gaussian(width, MOTION_SIGMA)
    angle = np.radians(degrees)
    steps = np.arange(width)
    rows = np.ceil(steps * np.sin(angle) - 0.5).astype(int)
    columns = np.ceil(steps * np.cos(angle) - 0.5).astype(int)
    kernel = np.zeros((2 * width - 1, 2 * width - 1), np.float32)
    # Two steps may end on one pixel.
    np.add.at(kernel, (width - 1 + rows, width - 1 + columns), weights / weights.sum())
    return kernel


def _half_gaussian(count: int, sigma: float) -> NDArray[np.float32]:
    """Return the weights at distances 0, 1, 2 and so on, float32 (count,)."""
    weights: NDArray[np.float32] = np.exp(-((np.arange(count) / sigma) ** 2) / 2).astype(np.float32)
    return weights
