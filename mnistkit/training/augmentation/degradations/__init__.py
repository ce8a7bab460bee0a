"""Degradations of images by cameras, scanners and paper, for training.

Their strengths are drawn from wide ranges. They are no test: robustness is measured with other
images, which no training sees.

References:
    H. S. Baird: Document image defect models. Structured Document Image Analysis, 1992.
    D. Hendrycks, N. Mu, E. Cubuk, B. Zoph, J. Gilmer, B. Lakshminarayanan: AugMix. ICLR 2020
    (several degradations at random, one after the other).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mnistkit.core.image_batches import FloatImages
from mnistkit.training.augmentation.degradations.light import (
    exposure,
    mist,
    textured_paper,
    uneven_light,
)
from mnistkit.training.augmentation.degradations.marks import (
    blots,
    inverted_part,
    ruling,
    stray_strokes,
)
from mnistkit.training.augmentation.degradations.noise import (
    dead_pixels,
    gaussian_noise,
    shot_noise,
)
from mnistkit.training.augmentation.degradations.optics import defocus, jitter, motion_blur
from mnistkit.training.augmentation.degradations.reproduction import (
    coarse_pixels,
    compressed,
    few_greys,
    outlined,
)
from mnistkit.training.augmentation.distortion import Distortion, distort

ASKEW = Distortion(rotation=20, shear=0.4, scale=(0.6, 1.2), aspect=0.2, shift=4.5, bend=0.5)
# Shares of the degraded images with one, two and three degradations.
SEVERAL = (0.6, 0.3, 0.1)


def askew(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return images further from the middle, more tilted, smaller or larger than is usual."""
    return distort(ink, ASKEW, random).astype(np.float32)


DEGRADATIONS: tuple[Callable[[FloatImages, np.random.Generator], FloatImages], ...] = (
    askew,
    outlined,
    ruling,
    stray_strokes,
    blots,
    textured_paper,
    uneven_light,
    inverted_part,
    defocus,
    motion_blur,
    jitter,
    mist,
    exposure,
    shot_noise,
    gaussian_noise,
    dead_pixels,
    coarse_pixels,
    few_greys,
    compressed,
)
"""The degradations in the order in which they happen: paper, light, lens, sensor, file.

Each takes images float32 (n, 28, 28) in [0, 1], n at least 1, and returns as many, in which values
may lie outside [0, 1].
"""


def degrade(ink: FloatImages, share: float, random: np.random.Generator) -> FloatImages:
    """Return images, a share of them with one to three degradations, float32 in [0, 1].

    Args:
        ink: float32 (n, 28, 28) in [0, 1].
        share: Share of the images that are degraded, in [0, 1].
        random: Generator of the random choices.
    """
    counts = random.choice(len(SEVERAL), len(ink), p=SEVERAL) + 1
    counts *= random.random(len(ink)) < share
    ranks = random.random((len(ink), len(DEGRADATIONS))).argsort(axis=1)
    degraded = ink.astype(np.float32)
    for degradation, rank in zip(DEGRADATIONS, ranks.T, strict=True):
        chosen = np.flatnonzero(rank < counts)
        if len(chosen):
            degraded[chosen] = np.clip(degradation(degraded[chosen], random), 0, 1)
    return degraded
