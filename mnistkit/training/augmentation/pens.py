"""Random changes of strokes: width, blur, contrast, fading and specks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.image_batches import SIDE, FloatImages
from mnistkit.training.augmentation.regional_strokes import draw_segments

QUARTERS = np.float32(4)


@dataclass(frozen=True)
class Pen:
    """How often strokes are changed, and how much at most.

    Args:
        thicken: Largest growth of a stroke to each side, in pixels, 0 to 2.
        thin: Largest shrinkage of a stroke from each side, in pixels, 0 to 1.
        blur: Share of the images that are blurred.
        crisp: Share of the images whose edges are hardened.
        fade: Share of the images whose strokes are uneven or weak.
        specks: Share of the images with a speck or a stray stroke.
    """

    thicken: float
    thin: float
    blur: float
    crisp: float
    fade: float
    specks: float


def write_with(ink: FloatImages, pen: Pen, random: np.random.Generator) -> FloatImages:
    """Return images with randomly changed strokes, float32 (n, 28, 28) in [0, 1]."""
    ink = _with_specks(ink, pen.specks, random)
    ink = _with_width(ink, random.uniform(-pen.thin, pen.thicken, len(ink)))
    ink = _blurred(ink, _some(pen.blur, random, len(ink), 0.3, 1))
    gain = 1 + _some(pen.crisp, random, len(ink), 0.3, 4)
    level = random.uniform(0.3, 0.6, (len(ink), 1, 1))
    ink = np.where(gain > 1, np.clip((ink - level) * gain + level, 0, 1), ink)
    exponent = np.exp(_some(pen.fade, random, len(ink), -0.5, 0.7))
    strength = 1 - _some(pen.fade, random, len(ink), 0, 0.45)
    faded: FloatImages = (ink**exponent * strength).astype(np.float32)
    return faded


def _some(
    share: float, random: np.random.Generator, count: int, low: float, high: float
) -> NDArray[np.float32]:
    """Return a number in [low, high] for a share of the images, else 0, float32 (n, 1, 1)."""
    drawn = random.uniform(low, high, count) * (random.random(count) < share)
    return drawn.astype(np.float32)[:, None, None]


def _with_width(ink: FloatImages, growth: NDArray[np.float64]) -> FloatImages:
    grown = growth.astype(np.float32)[:, None, None]
    wide = extreme(ink, np.maximum)
    wider = extreme(wide, np.maximum)
    ink = ink + np.clip(grown, 0, 1) * (wide - ink) + np.clip(grown - 1, 0, 1) * (wider - wide)
    narrow = extreme(ink, np.minimum)
    return ink + np.clip(-grown, 0, 1) * (narrow - ink)


def extreme(ink: FloatImages, choose: np.ufunc) -> FloatImages:
    """Return the largest or smallest value of each pixel and its four neighbours."""
    result = ink.copy()
    for here, there in (
        (np.s_[:, 1:], np.s_[:, :-1]),
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:, :, 1:], np.s_[:, :, :-1]),
        (np.s_[:, :, :-1], np.s_[:, :, 1:]),
    ):
        choose(result[here], ink[there], out=result[here])
    return result


def _blurred(ink: FloatImages, share: NDArray[np.float32]) -> FloatImages:
    """Return images mixed with their 5x5 binomial blur; `share` is that of the blur."""
    soft = ink
    for _ in range(2):
        rows = np.pad(soft, ((0, 0), (1, 1), (0, 0)))
        rows = (rows[:, :-2] + 2 * rows[:, 1:-1] + rows[:, 2:]) / QUARTERS
        columns = np.pad(rows, ((0, 0), (0, 0), (1, 1)))
        soft = (columns[:, :, :-2] + 2 * columns[:, :, 1:-1] + columns[:, :, 2:]) / QUARTERS
    return ink + share * (soft - ink)


def _with_specks(ink: FloatImages, share: float, random: np.random.Generator) -> FloatImages:
    """Return images, a share of them with a dot or a short stray stroke near the edge."""
    chosen = np.flatnonzero(random.random(len(ink)) < share)
    angle = random.uniform(0, 2 * np.pi, len(chosen))
    place = SIDE / 2 + 12 * np.stack([np.sin(angle), np.cos(angle)], axis=1)
    way = random.normal(0, 1.5, (len(chosen), 2))
    stray = draw_segments(
        place.astype(np.float32),
        (place + way).astype(np.float32),
        random.uniform(0.5, 2, len(chosen)),
    )
    specked = ink.copy()
    specked[chosen] = np.maximum(ink[chosen], stray)
    return specked
