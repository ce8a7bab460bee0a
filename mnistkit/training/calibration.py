"""Temperature scaling: calibrating a model's confidence by one factor on its logits.

An architecture supports it by a `Rescaling` layer named `temperature` before its softmax.

Reference:
    C. Guo, G. Pleiss, Y. Sun, K. Weinberger: On calibration of modern neural networks. ICML 2017.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mnistkit.core.arrays import ClassIndices, Probabilities

LAYER = "temperature"

LOWEST, HIGHEST = 0.1, 10.0
# Each round searches a geometric grid between the neighbours of the last round's best value.
STEPS, ROUNDS = 41, 3


def can_calibrate(model: Any) -> bool:
    """Return whether a Keras model has a temperature layer."""
    return any(layer.name == LAYER for layer in model.layers)


def set_temperature(model: Any, temperature: float) -> None:
    """Set the temperature of a Keras model; it takes effect when the model is traced next."""
    model.get_layer(LAYER).scale = 1 / temperature


def best_temperature(probabilities: Probabilities, class_indices: ClassIndices) -> float:
    """Return the temperature of the smallest negative log-likelihood, from 0.1 to 10.

    Args:
        probabilities: float32 (n, classes), at temperature 1, of the validation set.
        class_indices: int64 (n,), the labels' class indices.
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
