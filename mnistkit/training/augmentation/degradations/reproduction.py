"""Losses of scanning, copying and storing: few pixels, few greys, blocks, outlines.

Reference:
    G. K. Wallace: The JPEG still picture compression standard. Communications of the ACM 34, 1991.
"""

from __future__ import annotations

import numpy as np

from mnistkit.core.image_batches import SIDE, FloatImages
from mnistkit.training.augmentation.degradations.draws import log_uniform, some, uniform
from mnistkit.training.augmentation.degradations.optics import gaussian_blur
from mnistkit.training.augmentation.pens import extreme

BLOCK = 8
# Blocks per side, and the pixels that are added to fill them.
BLOCKS = -(-SIDE // BLOCK)
FILL = BLOCKS * BLOCK - SIDE
FREQUENCIES = np.arange(BLOCK)
COSINES = (
    np.cos(np.pi / BLOCK * np.outer(FREQUENCIES, FREQUENCIES + 0.5))
    * np.where(FREQUENCIES == 0, 1, 2**0.5)[:, None]
    / BLOCK**0.5
).astype(np.float32)


def coarse_pixels(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return images that were scanned with larger pixels and enlarged, hard or soft."""
    count = len(ink)
    size = uniform(1.2, 3.2, count, random)
    cells = np.floor((np.arange(SIDE) + uniform(0, 3, count, random)) / size)
    same = (cells == cells.transpose(0, 2, 1)).astype(np.float32)
    same /= same.sum(axis=2, keepdims=True)
    return gaussian_blur(
        same @ ink @ same.transpose(0, 2, 1), uniform(0.1, 0.5, count, random) * size
    )


def few_greys(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return images in two to seven greys, as copiers and fax machines make them."""
    steps = random.integers(1, 7, (len(ink), 1, 1)).astype(np.float32)
    threshold = uniform(0.25, 0.75, len(ink), random)
    grey: FloatImages = np.clip(np.floor(ink * steps + 1 - threshold) / steps, 0, 1)
    return grey


def compressed(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return images with the blocks and ripples of strong JPEG compression."""
    filled = np.pad(ink, ((0, 0), (0, FILL), (0, FILL)), mode="edge")
    blocks = filled.reshape(-1, BLOCKS, BLOCK, BLOCKS, BLOCK).transpose(0, 1, 3, 2, 4)
    waves = COSINES @ blocks @ COSINES.T
    steps = log_uniform(0.05, 0.5, len(ink), random)[..., None, None]
    steps = steps * (1 + (FREQUENCIES[:, None] + FREQUENCIES) / 4).astype(np.float32)
    blocks = COSINES.T @ (np.rint(waves / steps) * steps) @ COSINES
    whole = blocks.transpose(0, 1, 3, 2, 4).reshape(filled.shape)
    result: FloatImages = np.clip(whole[:, :SIDE, :SIDE], 0, 1)
    return result


def outlined(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return digits drawn as outlines, as hollow letters are; outer, inner or both edges count."""
    count = len(ink)
    soft = gaussian_blur(ink, uniform(0.2, 0.9, count, random))
    outer, inner = some(2 / 3, count, random), some(0.5, count, random)
    # At least one of the edges.
    inner = np.maximum(inner, 1 - outer)
    edges = outer * (extreme(soft, np.maximum) - soft) + inner * (soft - extreme(soft, np.minimum))
    edges /= np.maximum(edges.max(axis=(1, 2), keepdims=True), 1e-3)
    level, gain = uniform(0.2, 0.6, count, random), log_uniform(1, 8, count, random)
    drawn: FloatImages = np.clip((edges - level) * gain + level, 0, 1)
    return drawn
