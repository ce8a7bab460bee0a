"""The brightness of paper with grain, folds and stains, and of the table around it."""

from __future__ import annotations

import cv2
import numpy as np

from mnistkit.reading.learning.marks import Random, between, chance
from mnistkit.reading.learning.textures import Field, clouds, edge, ramp


def lay_paper(source: Random, shape: tuple[int, int], scale: float) -> Field:
    """Return the brightness of paper, about 1 where it is clean.

    Args:
        source: The random generator.
        shape: Height and width in pixels.
        scale: Pixels per digit height.
    """
    paper = np.full(shape, between(source, 0.8, 1.0), np.float32)
    if chance(source, 0.8):
        rough = between(source, 0.002, 0.02)
        paper += np.float32(rough) * clouds(source, shape, between(source, 1, 3))
        paper += np.float32(rough / 2) * clouds(source, shape, between(source, 0.3, 2) * scale)
    if chance(source, 0.15):
        _crumple(paper, source)
    if chance(source, 0.12):
        _fold(paper, source)
    if chance(source, 0.15):
        _stain(paper, source, scale)
    if chance(source, 0.12):
        _show_through(paper, source, scale)
    if chance(source, 0.2):
        _speckle(paper, source, scale)
    return paper


def _crumple(paper: Field, source: Random) -> None:
    """Add the facets and ridges of crumpled paper."""
    shape = paper.shape
    strength = between(source, 0.01, 0.06)
    for _ in range(int(source.integers(4, 14))):
        plane = ramp((shape[0], shape[1]), between(source, 0, 2 * np.pi)) - np.float32(
            between(source, -0.8, 0.8)
        )
        bend = 0.1 * clouds(source, (shape[0], shape[1]), max(shape) / 3)
        paper += np.float32(strength * source.normal()) * np.tanh(
            (plane + bend) * np.float32(between(source, 3, 25))
        )


def _fold(paper: Field, source: Random) -> None:
    """Add one straight crease, dark on one side and bright on the other."""
    shape = (paper.shape[0], paper.shape[1])
    angle = float(source.choice([0, np.pi / 2])) + source.normal(0, 0.05)
    plane = ramp(shape, angle) - np.float32(between(source, -0.7, 0.7))
    near = np.exp(-((plane / np.float32(between(source, 0.006, 0.05))) ** 2))
    paper += np.float32(between(source, -0.12, 0.08)) * near
    paper += np.float32(source.normal(0, 0.03)) * np.sign(plane)


def _stain(paper: Field, source: Random, scale: float) -> None:
    """Darken blots with soft or sharp borders."""
    blots = clouds(source, (paper.shape[0], paper.shape[1]), between(source, 1, 5) * scale)
    soft = edge(blots - np.float32(between(source, 1.2, 1.9)), between(source, 0.1, 0.8))
    paper -= np.float32(between(source, 0.03, 0.25)) * soft


def _show_through(paper: Field, source: Random, scale: float) -> None:
    """Add blurred rows of text that show through from the back."""
    shape = (paper.shape[0], paper.shape[1])
    size = between(source, 0.25, 0.8) * scale
    text = edge(clouds(source, shape, size / 2, size / 2.5), 0.6)
    rows = (np.arange(shape[0]) % max(2, round(2.2 * size))) < size
    shown = text * rows[:, None].astype(np.float32)
    paper -= np.float32(between(source, 0.02, 0.09)) * cv2.GaussianBlur(shown, (0, 0), size / 4)


def _speckle(paper: Field, source: Random, scale: float) -> None:
    """Scatter dots of dirt and fibres."""
    count = int(source.integers(2, 30) * paper.size / 4e4)
    height, width = paper.shape
    largest = between(source, 0.02, 0.1) * scale
    for _ in range(min(count, 600)):
        place = int(source.integers(width)), int(source.integers(height))
        axes = (
            max(1, round(between(source, 0, largest))),
            max(1, round(between(source, 0, largest))),
        )
        shade = between(source, 0.3, 0.9)
        cv2.ellipse(paper, place, axes, between(source, 0, 180), 0, 360, shade, -1, cv2.LINE_AA)


def lay_table(source: Random, shape: tuple[int, int]) -> Field:
    """Return the brightness of a table: wood, cloth, stone or plain."""
    contrast = between(source, 0.01, 0.12)
    table = np.full(shape, between(source, 0.02, 0.75), np.float32)
    kinds = (_wood, _cloth, _stone, _plain)
    table += np.float32(contrast) * kinds[source.integers(len(kinds))](source, shape)
    return table + np.float32(contrast / 3) * clouds(source, shape, 1.5)


def _wood(source: Random, shape: tuple[int, int]) -> Field:
    """Return wood grain that runs across or down."""
    long = between(source, 3, 14)
    turned = chance(source, 0.5)
    sides = shape[::-1] if turned else shape
    grain = np.mean([clouds(source, sides, size, long * size) for size in (3, 9, 30)], axis=0)
    return np.ascontiguousarray(grain.T if turned else grain, np.float32)


def _cloth(source: Random, shape: tuple[int, int]) -> Field:
    pitch = between(source, 3, 24) / (2 * np.pi)
    down, right = np.sin(np.arange(shape[0]) / pitch), np.sin(np.arange(shape[1]) / pitch)
    return ((down[:, None] + right[None, :]) / 2).astype(np.float32)


def _stone(source: Random, shape: tuple[int, int]) -> Field:
    return edge(clouds(source, shape, between(source, 2, 10)), 1)


def _plain(_: Random, shape: tuple[int, int]) -> Field:
    return np.zeros(shape, np.float32)
