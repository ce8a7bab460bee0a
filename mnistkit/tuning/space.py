"""The search space: the parameters of a trial and their ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, TypeAlias, get_args

from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import Trial

from mnistkit.core.recipe import AugmentationName, Schedule
from mnistkit.plugin_types import Architecture
from mnistkit.training.settings import CHOSEN, TrainingRequest

Parameters = Mapping[str, Any]
"""The values of one trial, by name."""

Values: TypeAlias = FloatDistribution | CategoricalDistribution
"""The range or the choices of a parameter."""

BATCH_SIZES = (32, 64, 128, 256)
MOST_DROPOUT = 0.7
LEARNING_RATE_FACTOR = 10
"""The learning rate is searched from the recipe's divided by this to the recipe's times this."""

DIGITS = 3
"""Significant digits of a parameter."""

OPTION_PREFIX = "option."
"""Begins the name of an architecture's option, so that it differs from the recipe's fields."""


@dataclass(frozen=True)
class Space:
    """The parameters that are searched.

    Args:
        distributions: The range of each parameter, by name.
        first: The values of the first trial: the architecture's recipe.
    """

    distributions: Mapping[str, Values]
    first: Parameters

    def draw(self, trial: Trial) -> dict[str, Any]:
        """Return the parameters that Optuna's sampler chooses for a trial."""
        drawn = {name: _draw(trial, name, these) for name, these in self.distributions.items()}
        return rounded(drawn)

    def to_json(self) -> dict[str, str]:
        """Return the ranges as text, equal for equal spaces only."""
        return {name: str(these) for name, these in self.distributions.items()}


def space_of(architecture: Architecture) -> Space:
    """Return the search space of an architecture, around its recipe."""
    recipe = architecture.recipe
    distributions: dict[str, Values] = {
        "learning_rate": FloatDistribution(
            recipe.learning_rate / LEARNING_RATE_FACTOR,
            recipe.learning_rate * LEARNING_RATE_FACTOR,
            log=True,
        ),
        "dropout": FloatDistribution(0.0, max(MOST_DROPOUT, recipe.dropout)),
        "batch_size": CategoricalDistribution(sorted({*BATCH_SIZES, recipe.batch_size})),
        "schedule": CategoricalDistribution(get_args(Schedule)),
        "augmentation": CategoricalDistribution(get_args(AugmentationName)),
    }
    first = {name: asdict(recipe)[name] for name in distributions}
    for option, values in architecture.options.items():
        distributions[OPTION_PREFIX + option] = CategoricalDistribution(tuple(values))
        first[OPTION_PREFIX + option] = values[0]
    return Space(distributions, first)


def request_for(base: TrainingRequest, parameters: Parameters) -> TrainingRequest:
    """Return `base` with the parameters of a trial."""
    options = {
        name.removeprefix(OPTION_PREFIX): value
        for name, value in parameters.items()
        if name.startswith(OPTION_PREFIX)
    }
    recipe = {name: value for name, value in parameters.items() if name in CHOSEN}
    return replace(base, recipe={**base.recipe, **recipe}, options=options)


def rounded(parameters: Parameters) -> dict[str, Any]:
    """Return parameters with floats rounded to three significant digits."""
    return {
        name: float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
        for name, value in parameters.items()
    }


def _draw(trial: Trial, name: str, values: Values) -> Any:
    if isinstance(values, FloatDistribution):
        return trial.suggest_float(name, values.low, values.high, log=values.log)
    return trial.suggest_categorical(name, values.choices)
