"""The camera's view of a sheet: the part it shows, turned and foreshortened."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from mnistkit.reading.learning.desk import Scene
from mnistkit.reading.learning.drawing import View
from mnistkit.reading.learning.marks import Mark, Random, between, bounds, chance


def page_view(scene: Scene, shape: tuple[int, int], source: Random) -> View:
    """Return a view of a whole sheet."""
    height, width = shape
    angle = source.normal(0, 0.03) if chance(source, 0.7) else between(source, -0.12, 0.12)
    left, top, right, bottom = _shown(scene, source)
    wide, high = right - left, bottom - top
    lean = abs(np.sin(angle))
    room = min(width / (wide + lean * high), height / (high + lean * wide))
    scale = room * (
        between(source, 0.8, 1.0) if chance(source, 0.3) else between(source, 0.95, 1.0)
    )
    slack = np.maximum([width - scale * wide, height - scale * high], 0) / 2
    middle = np.array([width, height]) / 2 + source.uniform(-0.4, 0.4, 2) * slack
    matrix = _about(((left + right) / 2, (top + bottom) / 2), middle, scale, angle)
    return View(_tilted(matrix, shape, source), _draw_waves(shape, source))


def _shown(scene: Scene, source: Random) -> tuple[float, float, float, float]:
    """Return left, top, right and bottom of what to show: the sheet, or the part with marks."""
    marks = scene.printed + scene.written
    if not marks or chance(source, 0.5):
        return 0.0, 0.0, scene.width, scene.height
    left, top, right, bottom = bounds(marks)
    room = between(source, 0.2, 1.5)
    return (
        max(left, 0) - room,
        max(top, 0) - room,
        min(right, scene.width) + room,
        min(bottom, scene.height) + room,
    )


def crop_view(scene: Scene, side: int, scale: float, source: Random) -> View:
    """Return a view of a square window with a mark in it."""
    angle = source.normal(0, 0.05) if chance(source, 0.8) else between(source, -0.3, 0.3)
    middle = np.array(_anchor(scene, source)) + source.uniform(-0.3, 0.3, 2) * side / scale
    if chance(source, 0.85):
        half = np.minimum(side / scale / 2, np.array([scene.width, scene.height]) / 2)
        middle = np.clip(middle, half, np.array([scene.width, scene.height]) - half)
    target = np.array([side / 2, side / 2])
    matrix = _about((float(middle[0]), float(middle[1])), target, scale, angle)
    return View(_tilted(matrix, (side, side), source), _draw_waves((side, side), source))


def _anchor(scene: Scene, source: Random) -> tuple[float, float]:
    """Return the middle of a mark, preferably a handwritten one, or a random place."""
    marks: list[Mark] = [mark for mark in scene.written if mark.tag] or scene.printed
    if not marks or chance(source, 0.1):
        return between(source, 0, scene.width), between(source, 0, scene.height)
    x, y = np.concatenate(marks[source.integers(len(marks))].parts).mean(axis=0)
    return float(x), float(y)


def _about(
    place: tuple[float, float], target: NDArray[np.float64], scale: float, angle: float
) -> NDArray[np.float64]:
    """Return the matrix that turns about a place, enlarges, and moves the place to a target."""
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([(cosine, -sine), (sine, cosine)])
    matrix = np.eye(3)
    matrix[:2, :2] = turn
    matrix[:2, 2] = target - turn @ np.array(place)
    return matrix


def _tilted(
    matrix: NDArray[np.float64], shape: tuple[int, int], source: Random
) -> NDArray[np.float64]:
    """Return a matrix with a random perspective about the picture's middle."""
    strength = between(source, 0, 0.25) if chance(source, 0.4) else between(source, 0, 0.05)
    angle = between(source, 0, 2 * np.pi)
    middle = np.eye(3)
    middle[:2, 2] = shape[1] / 2, shape[0] / 2
    tilt = np.eye(3)
    tilt[2, :2] = strength * np.array([np.cos(angle), np.sin(angle)]) / max(shape)
    back = np.linalg.inv(middle)
    tilted: NDArray[np.float64] = middle @ tilt @ back @ matrix
    return tilted


def _draw_waves(shape: tuple[int, int], source: Random) -> tuple[tuple[float, float, float], ...]:
    """Return the waves of a sheet that is not flat; none for most sheets."""
    if chance(source, 0.65):
        return ()
    length = max(shape) * between(source, 0.15, 0.6)
    return tuple(
        (between(source, 0, 0.05) * length, length, between(source, 0, 6.3)) for _ in range(2)
    )
