"""From reflected light to a picture: light, shadows, lens, sensor, files."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistkit.reading.learning.marks import Random, between, chance
from mnistkit.reading.learning.textures import Field, clouds, edge, ramp

Grey = NDArray[np.uint8]
"""uint8 (height, width)."""

# A blur with a smaller standard deviation, in pixels, is not visible.
SHARP = 0.35
# The least digit height, in pixels, of a picture that is enlarged afterwards.
SMALL = 14


def light_up(source: Random, shape: tuple[int, int]) -> Field:
    """Return the light on each pixel, about 1: uneven, with shadows."""
    light = np.ones(shape, np.float32)
    if chance(source, 0.75):
        dark = between(source, 0.0, 0.25) if chance(source, 0.6) else between(source, 0.2, 0.6)
        light -= np.float32(dark / 2) * (1 + ramp(shape, between(source, 0, 2 * np.pi)))
    if chance(source, 0.3):
        light *= 1 - np.float32(between(source, 0.05, 0.65)) * _distance_from_middle(source, shape)
    if chance(source, 0.3):
        light *= 1 + np.float32(between(source, 0.01, 0.06)) * clouds(source, shape, max(shape) / 3)
    for _ in range(int(source.choice([0, 1, 2], p=[0.65, 0.25, 0.1]))):
        light *= 1 - np.float32(between(source, 0.1, 0.55)) * _shadow(source, shape)
    return np.maximum(light, np.float32(0.12))


def _distance_from_middle(source: Random, shape: tuple[int, int]) -> Field:
    down = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None] - between(source, -0.4, 0.4)
    right = np.linspace(-1, 1, shape[1], dtype=np.float32)[None, :] - between(source, -0.4, 0.4)
    return ((down**2 + right**2) / 2).astype(np.float32)


def _shadow(source: Random, shape: tuple[int, int]) -> Field:
    """Return a shadow with a soft or a hard edge, from 0 to 1."""
    angle = between(source, 0, 2 * np.pi)
    across = ramp(shape, angle + np.pi / 2) - np.float32(between(source, -1, 1))
    bent = ramp(shape, angle) - np.float32(between(source, -0.6, 0.8))
    bent -= np.float32(between(source, -0.6, 0.6)) * across**2
    if chance(source, 0.3):
        bent = np.minimum(bent, np.float32(between(source, 0.2, 0.6)) - bent)
    soft = between(source, 0.004, 0.03) if chance(source, 0.4) else between(source, 0.03, 0.5)
    return edge(bent, soft)


def take(reflected: Field, source: Random, scale: float, contrast: float) -> Grey:
    """Return the picture that a camera takes of reflected light from 0 to 1.

    Args:
        reflected: float32 (height, width).
        source: The random generator.
        scale: Pixels per digit height; limits the blur.
        contrast: Contrast of paper and ink, up to 1; limits the noise.
    """
    seen = _blurred(reflected, source, scale)
    if chance(source, 0.25):
        seen = _sharpened(seen, source)
    white = between(source, 0.45, 1.02) if chance(source, 0.6) else between(source, 0.85, 1.0)
    seen = seen * np.float32(white / max(float(np.percentile(seen[::4, ::4], 80)), 0.02))
    seen = np.clip(seen, 0, 1.2) ** np.float32(between(source, 0.75, 1.3))
    low = between(source, 0, 0.15) if chance(source, 0.3) else 0.0
    seen = low + (1 - low) * seen
    if chance(source, 0.07):
        seen = 1 - seen
    seen = _with_noise(seen, source, min(0.07, 0.13 * contrast))
    grey = np.clip(255 * seen, 0, 255).astype(np.uint8)
    return _as_file(grey, source)


def scan(reflected: Field, source: Random) -> Grey:
    """Return the picture of a flatbed scanner: evenly lit, in grey or in black and white."""
    seen = cv2.GaussianBlur(reflected, (0, 0), between(source, 0.3, 0.8)).astype(np.float32)
    seen = seen / np.float32(max(float(np.percentile(seen[::4, ::4], 80)), 0.05))
    noise = np.float32(between(source, 0, 0.03)) * clouds(source, seen.shape[:2], 1)
    if chance(source, 0.35):
        return np.where(seen + noise > between(source, 0.55, 0.85), 255, 0).astype(np.uint8)
    white = between(source, 0.85, 1.02)
    grey = np.clip(255 * white * (seen + noise), 0, 255).astype(np.uint8)
    return _as_jpeg(grey, source) if chance(source, 0.5) else grey


def _blurred(seen: Field, source: Random, scale: float) -> Field:
    most = 0.05 * scale
    amount = between(source, 0.2, 1) * most if chance(source, 0.5) else between(source, 0, 0.6)
    if amount > SHARP:
        seen = cv2.GaussianBlur(seen, (0, 0), amount).astype(np.float32)
    if chance(source, 0.06):
        seen = _shaken(seen, source, max(2.0, 0.12 * scale))
    if chance(source, 0.15) and scale > SMALL:
        seen = _enlarged_from_small(seen, between(source, SMALL, scale) / scale, source)
    return seen


def _shaken(seen: Field, source: Random, reach: float) -> Field:
    side = int(reach) * 2 + 1
    kernel = np.zeros((side, side), np.float32)
    angle = between(source, 0, np.pi)
    way = (reach / 2 * np.array([np.cos(angle), np.sin(angle)])).round().astype(int)
    middle = np.array([side // 2, side // 2])
    cv2.line(kernel, (middle - way).tolist(), (middle + way).tolist(), 1.0, 1)
    return cv2.filter2D(seen, -1, kernel / kernel.sum()).astype(np.float32)


def _enlarged_from_small(seen: Field, share: float, source: Random) -> Field:
    small = cv2.resize(seen, None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    way = int(
        source.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST], p=[0.45, 0.45, 0.1])
    )
    return cv2.resize(small, seen.shape[::-1], interpolation=way).astype(np.float32)


def _sharpened(seen: Field, source: Random) -> Field:
    """Exaggerate edges, as phones do."""
    soft = cv2.GaussianBlur(seen, (0, 0), between(source, 0.8, 2))
    sharp: Field = seen + np.float32(between(source, 0.3, 1.5)) * (seen - soft)
    return sharp


def _with_noise(seen: Field, source: Random, most: float) -> Field:
    if chance(source, 0.2):
        return seen.astype(np.float32)
    amount = float(np.exp(between(source, np.log(0.003), np.log(most))))
    shape = (seen.shape[0], seen.shape[1])
    noise = clouds(source, shape, 1 if chance(source, 0.6) else between(source, 1.2, 2.5))
    return (seen + np.float32(amount) * noise).astype(np.float32)


def _as_file(grey: Grey, source: Random) -> Grey:
    """Return the picture as JPEG, thresholded as by a fax, or unchanged."""
    if chance(source, 0.03):
        window = 2 * (max(grey.shape) // 20) + 11
        return cv2.adaptiveThreshold(
            grey,
            255,
            cv2.ADAPTIVE_THRESH_MEAN_C,
            cv2.THRESH_BINARY,
            window,
            between(source, 10, 30),
        ).astype(np.uint8)
    return _as_jpeg(grey, source) if chance(source, 0.6) else grey


def _as_jpeg(grey: Grey, source: Random) -> Grey:
    quality = [cv2.IMWRITE_JPEG_QUALITY, int(source.integers(25, 95))]
    _, packed = cv2.imencode(".jpg", grey, quality)
    return np.asarray(cv2.imdecode(packed, cv2.IMREAD_GRAYSCALE), np.uint8)
