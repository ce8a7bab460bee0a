"""What is searched, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, get_args

from optuna.distributions import BaseDistribution, CategoricalDistribution, FloatDistribution
from optuna.trial import Trial

from mnistkit.core.recipe import AugmentationName, Recipe, Schedule
from mnistkit.plugin_types import Architecture
from mnistkit.training.settings import TrainingRequest

Parameters = Mapping[str, Any]
"""The values of one trial, by name: numbers and words."""

BATCH_SIZES = (32, 64, 128, 256)
MOST_DROPOUT = 0.7
LEARNING_RATE_FACTOR = 10
"""How far the learning rate may be from the recipe's, which depends on the optimizer."""

DIGITS = 3

OPTION_PREFIX = "option."
"""Of what the architecture itself exposes, so that it can't be taken for the recipe's."""

RECIPE = {field.name for field in fields(Recipe)}


@dataclass(frozen=True)
class Space:
    """What is searched.

    Args:
        distributions: By name, all that is drawn.
        first: The values of the first trial: the architecture's own recipe.
    """

    distributions: Mapping[str, BaseDistribution]
    first: Parameters

    def draw(self, trial: Trial) -> dict[str, Any]:
        """Let a trial's sampler choose a value of each."""
        drawn = {name: _draw(trial, name, these) for name, these in self.distributions.items()}
        return rounded(drawn)

    def to_json(self) -> dict[str, str]:
        """The space in words that differ whenever it does."""
        return {name: str(these) for name, these in self.distributions.items()}


def space_of(architecture: Architecture) -> Space:
    """Return what is searched for an architecture, around its own recipe."""
    recipe = architecture.recipe
    distributions: dict[str, BaseDistribution] = {
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
    """Return what to train for these parameters; the rest as `base` has it."""
    options = {
        name.removeprefix(OPTION_PREFIX): value
        for name, value in parameters.items()
        if name.startswith(OPTION_PREFIX)
    }
    recipe = {name: value for name, value in parameters.items() if name in RECIPE}
    return replace(base, **recipe, options=options)


def rounded(parameters: Parameters) -> dict[str, Any]:
    """Give numbers the digits that are trained with, printed and repeated."""
    return {
        name: float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
        for name, value in parameters.items()
    }


def _draw(trial: Trial, name: str, values: BaseDistribution) -> Any:
    if isinstance(values, FloatDistribution):
        return trial.suggest_float(name, values.low, values.high, log=values.log)
    if isinstance(values, CategoricalDistribution):
        return trial.suggest_categorical(name, values.choices)
    raise TypeError(f"expected a range or choices, received {values}")
