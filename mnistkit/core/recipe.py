"""The recipe of a training. Imports nothing heavy, since `--help` needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_origin

from mnistkit.core.typed_json import Count, Range, hints

Schedule = Literal["constant", "cosine", "one-cycle"]
Optimizer = Literal["adam", "adamw", "sgd"]
AugmentationName = Literal["none", "light", "medium", "strong", "clothing", "handwriting", "photos"]

Options = Mapping[str, int | float | str]
"""Values of a plugin's own options, by name."""


POSITIVE = Range("a number above 0", lambda value: value > 0)
NOT_NEGATIVE = Range("a number of 0 or more", lambda value: value >= 0)
PROBABILITY = Range("a number from 0 to 1", lambda value: 0 <= value <= 1)
SHARE = Range("a number from 0 to below 1", lambda value: 0 <= value < 1)


@dataclass(frozen=True)
class Choice:
    """Describes the option for a field, in the field's annotation.

    Args:
        help: The help of the option, without its range.
        within: The range of a float.
        rare: Whether it comes last in a printed command.
        usual: Whether `--help` shows it among the first options.
    """

    help: str
    within: Range | None = None
    rare: bool = False
    usual: bool = False


@dataclass(frozen=True)
class Hyperparameters:
    """The settings that each training takes from its options or the architecture's recipe.

    Args:
        epochs: Passes over the training images, at least 1.
        batch_size: Images per step, at least 1.
        learning_rate: Highest learning rate of the schedule, above 0.
        dropout: Dropout rate, in [0, 1).
        schedule: How the learning rate changes over all epochs.
        optimizer: The optimizer's name.
        momentum: Momentum of SGD or beta 1 of Adam, in [0, 1).
        weight_decay: Decoupled weight decay of AdamW and SGD, at least 0; `adam` has none.
        ema: Window of the exponential moving average of the weights, as a share of all steps,
            in [0, 1); 0 for no average.
        label_smoothing: Share of each target that is spread over all classes, in [0, 1).
        augmentation: How training images are varied.
    """

    epochs: Annotated[Count, Choice("Passes over the training images", usual=True)] = 5
    batch_size: Annotated[Count, Choice("Images per step")] = 32
    learning_rate: Annotated[float, Choice("Highest learning rate of the schedule", POSITIVE)] = (
        1e-3
    )
    dropout: Annotated[float, Choice("Dropout rate", SHARE)] = 0.5
    schedule: Annotated[Schedule, Choice("How the learning rate changes")] = "constant"
    optimizer: Annotated[Optimizer, Choice("The optimizer", rare=True)] = "adam"
    momentum: Annotated[float, Choice("Momentum of SGD or beta 1 of Adam", SHARE, rare=True)] = 0.9
    weight_decay: Annotated[
        float, Choice("Weight decay of AdamW and SGD", NOT_NEGATIVE, rare=True)
    ] = 0.0
    ema: Annotated[
        float,
        Choice("EMA window of the weights as a share of all steps (0: no EMA)", SHARE, rare=True),
    ] = 0.0
    label_smoothing: Annotated[
        float, Choice("Share of each target spread over all classes", SHARE, rare=True)
    ] = 0.0
    augmentation: Annotated[AugmentationName, Choice("How training images are varied")] = "none"


@dataclass(frozen=True)
class Recipe(Hyperparameters):
    """The settings that an architecture is trained with; options of `train` override them.

    Args:
        fewest_steps: Steps that a training needs in all; small datasets get more epochs.
    """

    fewest_steps: int = 150


@dataclass(frozen=True)
class Part:
    """A field that has an option: its name, type and description."""

    name: str
    type: Any
    choice: Choice


def parts(recipe: type[Hyperparameters] = Hyperparameters) -> tuple[Part, ...]:
    """Return the fields that have options; options and commands are derived from them."""
    return tuple(
        Part(name, annotated.__origin__, annotated.__metadata__[-1])
        for name, annotated in hints(recipe).items()
        if get_origin(annotated) is Annotated
    )
