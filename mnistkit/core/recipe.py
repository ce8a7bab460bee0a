"""Names to choose among, which commands offer and contracts speak of; nothing is imported."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Schedule = Literal["constant", "cosine", "one-cycle"]
Optimizer = Literal["adam", "adamw", "sgd"]
Strength = Literal["none", "light", "medium", "strong", "clothing", "handwriting"]

Options = Mapping[str, int | float | str]
"""What a plugin's own options are set to, by name."""


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

    epochs: int = 5
    batch_size: int = 32
    learning_rate: float = 1e-3
    dropout: float = 0.5
    schedule: Schedule = "constant"
    optimizer: Optimizer = "adam"
    momentum: float = 0.9
    weight_decay: float = 0.0
    ema: float = 0.0
    label_smoothing: float = 0.0
    augmentation: Strength = "none"
    fewest_steps: int = 150
