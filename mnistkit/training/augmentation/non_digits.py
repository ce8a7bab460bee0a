"""Images of non-digits, on which a network is trained to give uniform probabilities.

Reference:
    D. Hendrycks, M. Mazeika, T. Dietterich: Deep anomaly detection with outlier exposure.
    ICLR 2019.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont, ImageOps

from mnistkit.core.arrays import IMAGE_SHAPE
from mnistkit.core.image_batches import SIDE, FloatImages, sample
from mnistkit.training.augmentation.distortion import smooth_weights
from mnistkit.training.augmentation.regional_strokes import draw_paths

# Letters that may look like a digit are left out.
LETTERS = "ACEFHKLMNPRTUVWXYacdefhkmnprtuvwxy"

# Shares of the pairs that are stacked, and of the patchworks that are joined side by side.
STACKED, JOINED = 0.15, 0.5


def scribbles(_: FloatImages, count: int, random: np.random.Generator) -> FloatImages:
    """Return images of three to nine random connected strokes."""
    lines = random.integers(3, 10)
    corners = random.uniform(4, 24, (lines + 1, count, 2)).astype(np.float32)
    return draw_paths(corners.transpose(1, 0, 2), random.uniform(1, 3.5, count))


def blobs(_: FloatImages, count: int, random: np.random.Generator) -> FloatImages:
    """Return random textures, coarse to fine, in a rectangle of random size."""
    weights = smooth_weights(int(random.integers(4, 20)))
    noise = random.standard_normal((count, weights.shape[1], weights.shape[1]))
    surface = weights @ noise.astype(np.float32) @ weights.T
    # The contrast varies from soft grey to black and white.
    gain = np.exp(random.uniform(0, 3, (count, 1, 1))) / surface.std(axis=(1, 2), keepdims=True)
    level = random.uniform(-1.2, 0.6, (count, 1, 1)) * surface.std(axis=(1, 2), keepdims=True)
    filled = np.clip((surface - level) * gain, 0, 1)
    axis = np.abs(np.arange(SIDE) - (SIDE - 1) / 2)
    half = random.uniform(4, 14, (2, count, 1))
    frame = (axis <= half[0])[:, :, None] & (axis <= half[1])[:, None, :]
    framed: FloatImages = (filled * frame).astype(np.float32)
    return framed


def pairs(digits: FloatImages, count: int, random: np.random.Generator) -> FloatImages:
    """Return images of two narrowed digits, side by side or stacked."""
    both = []
    side = random.uniform(5, 7.5, (count, 1, 1)).astype(np.float32)
    axis = np.arange(SIDE, dtype=np.float32) - SIDE / 2
    for direction in (-1, 1):
        chosen = digits[random.integers(len(digits), size=count)]
        narrow = random.uniform(1.4, 2.2, (count, 1, 1)).astype(np.float32)
        rows = np.broadcast_to(axis[None, :, None] + SIDE / 2, chosen.shape)
        columns = (axis[None, None, :] - direction * side) * narrow + SIDE / 2
        both.append(sample(chosen, rows, np.broadcast_to(columns, chosen.shape)))
    beside = np.maximum(both[0], both[1])
    upright = random.random(count) < STACKED
    return np.where(upright[:, None, None], beside.transpose(0, 2, 1), beside)


def patchworks(digits: FloatImages, count: int, random: np.random.Generator) -> FloatImages:
    """Return images of two digits joined at the middle, or laid over each other."""
    left, right = (digits[random.integers(len(digits), size=count)] for _ in range(2))
    split = random.integers(11, 17, (count, 1, 1))
    joined = np.where(np.arange(SIDE) < split, left, right)
    laid = np.maximum(left, right[:, ::-1])
    return np.where(random.random((count, 1, 1)) < JOINED, joined, laid)


def letters(_: FloatImages, count: int, random: np.random.Generator) -> FloatImages:
    """Return images of printed letters that look like no digit."""
    drawn = _alphabet()
    chosen: FloatImages = drawn[random.integers(len(drawn), size=count)]
    return chosen


KINDS: tuple[Callable[[FloatImages, int, np.random.Generator], FloatImages], ...] = (
    scribbles,
    blobs,
    pairs,
    patchworks,
    letters,
)


def make_non_digits(digits: FloatImages, count: int, random: np.random.Generator) -> FloatImages:
    """Return images of non-digits, about the same number of each kind.

    Args:
        digits: Digits to compose some of them from, float32 (n, 28, 28), n at least 1.
        count: Number of images.
        random: Generator of the random choices.
    """
    shares = np.bincount(random.integers(len(KINDS), size=count), minlength=len(KINDS))
    made = [kind(digits, share, random) for kind, share in zip(KINDS, shares, strict=True)]
    return np.concatenate(made)


@cache
def _alphabet() -> FloatImages:
    """Return images of the letters in the typefaces that come with Matplotlib."""
    import matplotlib as mpl

    images = []
    for file in sorted(Path(mpl.get_data_path(), "fonts", "ttf").glob("DejaVu*.ttf")):
        if "Display" in file.name:
            continue
        font = ImageFont.truetype(file, 80)
        for letter in LETTERS:
            canvas = Image.new("L", (160, 160))
            ImageDraw.Draw(canvas).text((40, 20), letter, 255, font)
            images.append(_fitted(canvas.crop(canvas.getbbox())))
    drawn: FloatImages = np.stack(images).astype(np.float32) / np.float32(255)
    return drawn


def _fitted(letter: Image.Image) -> NDArray[np.uint8]:
    image = Image.new("L", IMAGE_SHAPE)
    small = ImageOps.contain(letter, (20, 20))
    image.paste(small, ((SIDE - small.width) // 2, (SIDE - small.height) // 2))
    return np.asarray(image)
