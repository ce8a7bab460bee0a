"""Whole digits in forms that MNIST's writers rarely use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.image_batches import SIDE, FloatImages
from mnistkit.training.augmentation.distortion import smooth_weights
from mnistkit.training.augmentation.regional_strokes import draw_paths, draw_segments

# Rows and columns of the control points; the digit's height is 2. A curve goes from the first to
# the last and stays inside of each corner.
LOOPED_FOUR = (
    *((-1.0, -0.4), (-0.3, -0.55), (0.35, -0.5), (0.35, 0.1), (0.0, 0.65), (-0.75, 0.6)),
    *((-0.8, 0.1), (-0.3, 0.0), (0.3, 0.0), (0.7, -0.05), (1.0, -0.1)),
)
CROSSED_NINE = (
    *((0.2, -0.75), (0.1, -0.4), (0.0, 0.0), (-0.3, 0.6), (-0.9, 0.65), (-1.1, 0.1)),
    *((-0.7, -0.2), (-0.1, -0.1), (0.4, 0.0), (0.7, 0.0), (1.0, 0.0)),
)
# Standard deviation of a control point, and the largest lean of the whole, in columns per row.
UNSTEADY = 0.07
LEAN = 0.35
# Share of the flagged ones that have a foot.
FOOTED = 0.4


def looped_four(count: int, random: np.random.Generator) -> FloatImages:
    """Return fours of one stroke that crosses itself in a loop, like the letter phi."""
    return _drawn(LOOPED_FOUR, count, random, np.zeros(count))


def crossed_nine(count: int, random: np.random.Generator) -> FloatImages:
    """Return nines that begin with a stroke through the stem, like a p; some end in a curl."""
    return _drawn(CROSSED_NINE, count, random, random.uniform(-0.4, 0.6, count))


def flagged_one(count: int, random: np.random.Generator) -> FloatImages:
    """Return ones as on stamps and in print: a straight stem, a flat flag, often a foot."""
    half, width = random.uniform(8, 10.5, count), random.uniform(2.5, 6.5, count)
    thin = width * random.uniform(0.4, 0.9, count)
    lean = random.uniform(-0.05, 0.15, count)
    # The flag's thickness lies below the head of the stem.
    flag_row = -half + thin / 2 - width / 2
    reach = width / 2 + random.uniform(2, 5, count)
    drop = random.uniform(-0.5, 3.5, count)
    stem = _segments((-half, lean * half), (half, -lean * half), width)
    flag = _segments((flag_row, lean * half), (flag_row + drop, lean * half - reach), thin)
    foot_row, spread = half + width / 2 - thin / 2, width / 2 + random.uniform(1, 4, count)
    foot = _segments((foot_row, -lean * half - spread), (foot_row, spread - lean * half), thin)
    footed = (random.random(count) < FOOTED)[:, None, None]
    return np.maximum(np.maximum(stem, flag), footed * foot)


def draw_curves(controls: NDArray[np.float32], widths: NDArray[np.floating[Any]]) -> FloatImages:
    """Return black images with a smooth stroke each.

    Args:
        controls: Control points, row and column, float32 (n, points, 2), at least 4 points.
        widths: Width of each stroke in pixels, float (n,).
    """
    weights = smooth_weights(controls.shape[1])[::2]
    return draw_paths(weights / weights.sum(axis=1, keepdims=True) @ controls, widths)


def _segments(
    start: tuple[NDArray[np.float64], NDArray[np.float64]],
    end: tuple[NDArray[np.float64], NDArray[np.float64]],
    widths: NDArray[np.float64],
) -> FloatImages:
    """Return one straight stroke each; the ends are rows and columns from the middle."""
    starts, ends = ((SIDE / 2 + np.stack(each, axis=1)).astype(np.float32) for each in (start, end))
    return draw_segments(starts, ends, widths)


def _drawn(
    form: tuple[tuple[float, float], ...],
    count: int,
    random: np.random.Generator,
    curl: NDArray[np.float64],
) -> FloatImages:
    """Return unsteady drawings of a form; a curl moves its end to the left and up."""
    points = np.array(form) + random.normal(0, UNSTEADY, (count, len(form), 2))
    left = np.maximum(curl, 0)
    points[:, -1] += np.stack([-0.4 * left, -left], axis=-1)
    points[..., 1] -= random.uniform(-0.1, LEAN, (count, 1)) * points[..., 0]
    size = np.stack([random.uniform(10, 11, count), random.uniform(6, 11, count)], axis=1)
    controls = SIDE / 2 + points * size[:, None]
    return draw_curves(controls.astype(np.float32), random.uniform(1.5, 3.5, count))


FORMS: dict[str, Callable[[int, np.random.Generator], FloatImages]] = {
    "1": flagged_one,
    "4": looped_four,
    "9": crossed_nine,
}
"""The function that draws a digit's other form, by its label."""
