"""Optimizers, learning rate schedules and the moving average of the weights.

References:
    I. Loshchilov, F. Hutter: Decoupled weight decay regularization. ICLR 2019 (AdamW).
    I. Loshchilov, F. Hutter: SGDR, stochastic gradient descent with warm restarts. ICLR 2017
    (cosine).
    L. Smith, N. Topin: Super-convergence, very fast training of neural networks using large
    learning rates. 2018 (one cycle).
    B. Polyak, A. Juditsky: Acceleration of stochastic approximation by averaging. 1992.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, get_args

from mnistkit.core.recipe import Hyperparameters, Optimizer, Schedule

# One cycle: share of the steps in which the rate rises, and the first rate as a share of the peak.
CYCLE_RISE = 0.3
CYCLE_START = 1 / 25


def _constant(peak: float, _steps: int) -> Any:
    return peak


def _cosine(peak: float, steps: int) -> Any:
    import keras

    return keras.optimizers.schedules.CosineDecay(peak, steps)


def _one_cycle(peak: float, steps: int) -> Any:
    """Return a schedule that rises linearly to the peak, then falls to 0 along a cosine."""
    import keras

    rise = max(1, round(steps * CYCLE_RISE))
    return keras.optimizers.schedules.CosineDecay(
        peak * CYCLE_START, max(1, steps - rise), warmup_target=peak, warmup_steps=rise
    )


SCHEDULES: Mapping[Schedule, Callable[[float, int], Any]] = {
    "constant": _constant,
    "cosine": _cosine,
    "one-cycle": _one_cycle,
}
"""Functions from the highest learning rate and the number of steps to a Keras learning rate."""

OPTIMIZERS: tuple[Optimizer, ...] = get_args(Optimizer)


def compile_model(model: Any, recipe: Hyperparameters, steps: int) -> None:
    """Compile a Keras model with the recipe's loss, optimizer and schedule.

    Args:
        model: The Keras model.
        recipe: The recipe.
        steps: Number of steps in all epochs.
    """
    rate = SCHEDULES[recipe.schedule](recipe.learning_rate, steps)
    optimizer = _optimizer(recipe, rate, _averaging(recipe.ema * steps))
    model.compile(optimizer, "categorical_crossentropy")


def take_average(model: Any) -> None:
    """Replace a model's weights by their moving average, if its optimizer keeps one."""
    model.optimizer.finalize_variable_values(model.trainable_variables)


def _averaging(window: float) -> dict[str, Any]:
    """Return Keras's arguments for a moving average over a window of steps, decaying by e."""
    return {"use_ema": True, "ema_momentum": math.exp(-1 / window)} if window else {}


def _optimizer(recipe: Hyperparameters, rate: Any, averaging: dict[str, Any]) -> Any:
    import keras

    match recipe.optimizer:
        case "adam":
            return keras.optimizers.Adam(rate, beta_1=recipe.momentum, **averaging)
        case "adamw":
            return keras.optimizers.AdamW(
                rate, recipe.weight_decay, beta_1=recipe.momentum, **averaging
            )
        case "sgd":
            return keras.optimizers.SGD(
                rate,
                recipe.momentum,
                nesterov=recipe.momentum > 0,
                weight_decay=recipe.weight_decay or None,
                **averaging,
            )
