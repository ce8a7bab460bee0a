"""Light and paper: wrong exposure, shadows, mist, textured backgrounds."""

from __future__ import annotations

import numpy as np

from mnistkit.core.image_batches import SIDE, FloatImages
from mnistkit.training.augmentation.degradations.draws import (
    COLUMNS,
    ROWS,
    log_uniform,
    some,
    uniform,
)
from mnistkit.training.augmentation.distortion import smooth_weights

MIDDLE = np.float32((SIDE - 1) / 2)
# Control points of the coarsest and of each finer texture.
OCTAVES = tuple(smooth_weights(points) for points in (4, 7, 13, 25))


def exposure(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return images whose black is grey or whose contrast is low; too bright values are clipped."""
    black = uniform(-0.1, 0.75, len(ink), random)
    contrast = log_uniform(0.15, 1.3, len(ink), random)
    exposed: FloatImages = np.clip(black + contrast * ink, 0, 1)
    return exposed


def uneven_light(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return images with a ramp of light, dark corners, or a shadow with a soft edge."""
    count = len(ink)
    angle, bend = uniform(0, 2 * np.pi, count, random), uniform(-1, 1, count, random)
    rows, columns = ROWS / MIDDLE - 1, COLUMNS / MIDDLE - 1
    height = np.sin(angle) * rows + np.cos(angle) * columns + bend * (rows**2 + columns**2)
    edge, softness = uniform(-0.8, 0.8, count, random), log_uniform(0.04, 1.5, count, random)
    depth = uniform(0.2, 0.9, count, random)
    shade = depth * (1 + np.tanh((height - edge) / (2 * softness))) / 2
    shaded: FloatImages = ink + shade * (1 - ink)
    return shaded


def clouds(count: int, random: np.random.Generator) -> FloatImages:
    """Return random textures from smooth to rough, float32 (n, 28, 28), each from 0 to 1.

    Reference:
        K. Perlin: An image synthesizer. SIGGRAPH 1985 (sums of noise of several scales).
    """
    decay = uniform(0.2, 0.9, count, random)
    surface = np.zeros((count, SIDE, SIDE), np.float32)
    for octave, weights in enumerate(OCTAVES):
        points = weights.shape[1]
        noise = random.standard_normal((count, points, points), np.float32)
        surface += decay**octave * (weights @ noise @ weights.T)
    surface -= surface.min(axis=(1, 2), keepdims=True)
    surface /= surface.max(axis=(1, 2), keepdims=True)
    return surface


def mist(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return images behind bright clouds, with the exposure adapted to them."""
    thickness = log_uniform(0.2, 4, len(ink), random)
    misty = (ink + thickness * clouds(len(ink), random)) / (1 + thickness)
    return np.asarray(misty, np.float32)


def textured_paper(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return images on clouded paper; some of the ink is transparent."""
    paper = uniform(0.15, 0.8, len(ink), random) * clouds(len(ink), random)
    opaque = paper + ink * (1 - paper)
    transparent = np.abs(ink - paper)
    return np.where(some(0.3, len(ink), random) > 0, transparent, opaque)
