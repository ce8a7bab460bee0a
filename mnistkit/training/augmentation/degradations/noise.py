"""Noise of a camera's sensor: of its electronics, of few photons, of dead pixels.

Reference:
    G. Healey, R. Kondepudy: Radiometric CCD camera calibration and noise estimation. IEEE
    Transactions on Pattern Analysis and Machine Intelligence 16, 1994.
"""

from __future__ import annotations

import numpy as np

from mnistkit.core.image_batches import FloatImages
from mnistkit.training.augmentation.degradations.draws import log_uniform, uniform
from mnistkit.training.augmentation.degradations.optics import gaussian_blur


def gaussian_noise(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return images with added Gaussian noise; coarse noise looks like the grain of paper."""
    noise = random.standard_normal(ink.shape, np.float32)
    grain = gaussian_blur(noise, uniform(0.1, 1.2, len(ink), random))
    grain /= grain.std(axis=(1, 2), keepdims=True)
    return ink + log_uniform(0.03, 0.5, len(ink), random) * grain


def shot_noise(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return images as few photons show them, with Poisson noise."""
    photons = log_uniform(1.5, 60, len(ink), random)
    return random.poisson(np.maximum(ink, 0) * photons).astype(np.float32) / photons


def dead_pixels(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return images with a share of the pixels black or white."""
    dead = random.random(ink.shape, np.float32) < log_uniform(0.01, 0.35, len(ink), random)
    white = random.random(ink.shape, np.float32) < uniform(0, 1, len(ink), random)
    return np.where(dead, white.astype(np.float32), ink)
