"""How an architecture is trained best; nothing heavy is imported."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_origin, get_type_hints

Schedule = Literal["constant", "cosine", "one-cycle"]
Optimizer = Literal["adam", "adamw", "sgd"]
AugmentationName = Literal["none", "light", "medium", "strong", "clothing", "handwriting"]

Options = Mapping[str, int | float | str]
"""What a plugin's own options are set to, by name."""


@dataclass(frozen=True)
class Range:
    """The finite numbers that a field takes, in words and as a condition."""

    words: str
    fits: Callable[[float], bool]


POSITIVE = Range("a number above 0", lambda value: value > 0)
NOT_NEGATIVE = Range("a number of 0 or more", lambda value: value >= 0)
SHARE = Range("a number from 0 to below 1", lambda value: 0 <= value < 1)


@dataclass(frozen=True)
class Choice:
    """What is said of a field of a recipe that each training chooses, by its annotation.

    Args:
        help: What it is, for the help of its option.
        within: The range of a float; ints are at least 1, and names are those of their type.
        rare: Whether it stands behind the rest in a command, as few choose it.
        usual: Whether its option stands among those that everybody uses.
    """

    help: str
    within: Range | None = None
    rare: bool = False
    usual: bool = False


@dataclass(frozen=True)
class Recipe:
    """How an architecture trains best; `train` takes it where no option says otherwise.

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
        fewest_steps: How many steps a training needs in all; with few images it takes more
            epochs, until it has as many.
    """

    epochs: Annotated[int, Choice("Passes over the training images", usual=True)] = 5
    batch_size: Annotated[int, Choice("Images per step")] = 32
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
    fewest_steps: int = 150


@dataclass(frozen=True)
class Part:
    """A field of a recipe that each training chooses: its name, its type and what is said of it."""

    name: str
    type: Any
    choice: Choice


def parts(recipe: type[Recipe] = Recipe) -> tuple[Part, ...]:
    """Return the fields that each training chooses; options, checks and records follow them."""
    types = get_type_hints(recipe, include_extras=True)
    return tuple(
        Part(name, annotated.__origin__, annotated.__metadata__[0])
        for name, annotated in types.items()
        if get_origin(annotated) is Annotated
    )
