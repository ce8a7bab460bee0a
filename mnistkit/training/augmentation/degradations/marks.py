"""Marks over and beside a digit: ruled lines, stray strokes, blots, parts that are inverted."""

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
from mnistkit.training.augmentation.regional_strokes import draw_paths

# Share of the lines that are nearly parallel to the sides, as most on paper are.
PARALLEL = 0.7
# Share of the ruled lines that are whole, and of those that are gaps in the ink.
WHOLE, GAPS = 0.5, 0.2


def ruling(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return images with ruled, dashed or dotted lines, or with gaps along such lines."""
    count = len(ink)
    across, along = _rotated(count, random)
    spacing = uniform(5, 30, count, random)
    distance = np.abs((across + uniform(0, 30, count, random)) % spacing - spacing / 2)
    line = np.clip(uniform(0.8, 2.8, count, random) / 2 + 0.5 - distance, 0, 1)
    period = log_uniform(2, 12, count, random)
    share = np.where(some(WHOLE, count, random) > 0, 1, uniform(0.35, 0.8, count, random))
    line *= (along + SIDE) % period <= share * period
    level = uniform(0.3, 1, count, random)
    return np.where(some(GAPS, count, random) > 0, ink * (1 - line), np.maximum(ink, level * line))


def stray_strokes(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return images crossed by a straight, wavy or zigzag stroke."""
    count, corners = len(ink), int(random.integers(2, 11))
    start, end = (random.uniform(-2, SIDE + 2, (count, 1, 2)) for _ in range(2))
    steps = np.linspace(0, 1, corners)[:, None]
    way = (end - start) / np.maximum(np.linalg.norm(end - start, axis=2, keepdims=True), 1)
    swing = (-1.0) ** np.arange(corners)[:, None] * random.uniform(0, 4, (count, 1, 1))
    path = start + (end - start) * steps + way[..., ::-1] * (1, -1) * swing
    path = (path + random.normal(0, 1, path.shape)).astype(np.float32)
    width = random.uniform(0.8, 3, count)
    level = uniform(0.3, 1, count, random)
    crossed: FloatImages = np.maximum(ink, level * draw_paths(path, width))
    return crossed


def blots(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return images with one to eight opaque drops of one brightness, from black to white."""
    count, drops = len(ink), int(random.integers(1, 9))
    level = uniform(0, 1, count, random)
    for _ in range(drops):
        row, column = uniform(0, SIDE, count, random), uniform(0, SIDE, count, random)
        radius = log_uniform(0.7, 8 / drops**0.5, count, random)
        drop = np.clip(radius + 0.5 - np.hypot(ROWS - row, COLUMNS - column), 0, 1)
        ink = ink + drop * (level - ink)
    return ink


def inverted_part(ink: FloatImages, random: np.random.Generator) -> FloatImages:
    """Return images that are inverted on one side of an edge, or inside or outside of a band."""
    count = len(ink)
    across, _ = _rotated(count, random)
    half = uniform(2, 14, count, random)
    inside = np.clip(half - np.abs(across - uniform(-12, 12, count, random)) + 0.5, 0, 1)
    part = np.where(some(0.5, count, random) > 0, inside, 1 - inside)
    inverted: FloatImages = ink + part * (1 - 2 * ink)
    return inverted


def _rotated(count: int, random: np.random.Generator) -> tuple[FloatImages, FloatImages]:
    """Return coordinates from the middle, across and along a line of random direction."""
    quarter = random.integers(0, 2, (count, 1, 1)) * (np.pi / 2)
    near = (quarter + random.normal(0, 0.08, (count, 1, 1))).astype(np.float32)
    any_angle = uniform(0, np.pi, count, random)
    angle = np.where(some(PARALLEL, count, random) > 0, near, any_angle)
    rows, columns = ROWS - (SIDE - 1) / 2, COLUMNS - (SIDE - 1) / 2
    across = np.cos(angle) * rows + np.sin(angle) * columns
    along = np.cos(angle) * columns - np.sin(angle) * rows
    return across, along
