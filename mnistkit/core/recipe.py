"""The recipe of a training. Imports nothing heavy, since `--help` needs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_origin

from mnistkit.core.typed_json import Count, Range, hints

Schedule = Literal["constant", "cosine", "one-cycle"]
Optimizer = Literal["adam", "adamw", "sgd"]
AugmentationName = Literal["none", "light", "medium", "strong", "clothing", "handwriting"]

Options = Mapping[str, int | float | str]
"""Values of a plugin's own options, by name."""


POSITIVE = Range("a number above 0", lambda value: value > 0)
NOT_NEGATIVE = Range("a number of 0 or more", lambda value: value >= 0)
SHARE = Range("a number from 0 to below 1", lambda value: 0 <= value < 1)


@dataclass(frozen=True)
class Choice:
    """A note on a field that each training chooses, in its annotation.

    Args:
        help: What it is, for the help of its option.
        within: The range of a float.
        rare: Whether it comes last in a command, as few choose it.
        usual: Whether its option stands among those that everybody uses.
    """

    help: str
    within: Range | None = None
    rare: bool = False
    usual: bool = False


@dataclass(frozen=True)
class Hyperparameters:
    """What each training chooses, by its options or the architecture's recipe.

    Args:
        epochs: Passes over the training images.
        batch_size: Images a step.
        learning_rate: The optimizer's step size: the first one where the schedule is
            `cosine`, the largest where it is `one-cycle`.
        dropout: Share of the activations dropped while training, in [0, 1).
        schedule: A key of `mnistkit.training.optimizers.SCHEDULES`, over all the epochs.
        optimizer: A key of `mnistkit.training.optimizers.OPTIMIZERS`.
        momentum: Share of its last step that a step of `sgd` keeps; Adam's beta 1.
        weight_decay: Share of each weight taken off at a step, times the learning rate;
            none with `adam`.
        ema: Share of all steps over which the weights are averaged exponentially for the
            model, in [0, 1); 0 for the last weights as they are.
        label_smoothing: Share of each target that is spread over all classes.
        augmentation: What the images go through while training, a key of
            `mnistkit.training.augmentation.AUGMENTATIONS`.
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
    """How an architecture trains best; `train` takes it where no option says otherwise.

    Args:
        fewest_steps: How many steps a training needs in all; with few images it takes more
            epochs, until it has as many.
    """

    fewest_steps: int = 150


@dataclass(frozen=True)
class Part:
    """A field that each training chooses: its name, its type and the note on it."""

    name: str
    type: Any
    choice: Choice


def parts(recipe: type[Hyperparameters] = Hyperparameters) -> tuple[Part, ...]:
    """Return the fields that each training chooses; options and commands follow them."""
    return tuple(
        Part(name, annotated.__origin__, annotated.__metadata__[-1])
        for name, annotated in hints(recipe).items()
        if get_origin(annotated) is Annotated
    )
