"""Making confidence honest: one temperature for all logits, inside the model.

An architecture offers it with a `Rescaling` layer named `temperature` before its softmax.

Reference:
    Guo, Pleiss, Sun, Weinberger: On calibration of modern neural networks. ICML 2017.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mnistkit.core.arrays import ClassIndices, Probabilities

LAYER = "temperature"

LOWEST, HIGHEST = 0.1, 10.0
# A geometric grid, and then another between the best one's neighbours.
STEPS, ROUNDS = 41, 3


def can_calibrate(model: Any) -> bool:
    """Whether a Keras model has the layer."""
    return any(layer.name == LAYER for layer in model.layers)


def set_temperature(model: Any, temperature: float) -> None:
    """Divide the logits of a Keras model by this from its next trace on."""
    model.get_layer(LAYER).scale = 1 / temperature


def best_temperature(probabilities: Probabilities, class_indices: ClassIndices) -> float:
    """Find the temperature at which the right classes are most probable.

    Args:
        probabilities: float32 (n, classes), at temperature 1, of images not learned.
        class_indices: int64 (n,), the right ones.
    """
    logits = np.log(np.maximum(probabilities.astype(np.float64), np.finfo(np.float32).tiny))
    low, high = LOWEST, HIGHEST
    for _ in range(ROUNDS):
        grid = np.geomspace(low, high, STEPS)
        best = int(np.argmin([_nll(logits / value, class_indices) for value in grid]))
        low, high = grid[max(best - 1, 0)], grid[min(best + 1, STEPS - 1)]
    return float(grid[best])


def _nll(logits: np.ndarray[Any, np.dtype[np.float64]], class_indices: ClassIndices) -> float:
    right = logits[np.arange(len(logits)), class_indices]
    return float((np.logaddexp.reduce(logits, axis=1) - right).mean())
