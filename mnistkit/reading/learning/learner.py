"""The network, its optimizer and its training step; saving and restoring their state."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mnistkit.core.files import replacing
from mnistkit.core.models.tensorflow import import_keras
from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.errors import ModelError, first_line
from mnistkit.reading.detection import Answer
from mnistkit.reading.learning import network
from mnistkit.reading.learning.batches import Batch
from mnistkit.reading.learning.losses import losses

WEIGHT_DECAY = 1e-4
# The steps in which the learning rate rises: a share of all steps, and at most so many.
WARM_UP, MOST_WARM_UP = 0.05, 300
# The greatest norm of the gradient, so that a rare crop cannot spoil the weights.
LONGEST_GRADIENT = 10.0


@dataclass(frozen=True)
class Learner:
    """A network with its optimizer and training step.

    Args:
        model: The Keras model of `network.build`.
        optimizer: The optimizer, which counts the steps.
        step: Trains on a batch and returns the losses by name.
    """

    model: Any
    optimizer: Any
    step: Callable[[Batch], dict[str, float]]

    @property
    def steps_done(self) -> int:
        """The number of training steps done."""
        return int(self.optimizer.iterations)


def new_learner(seed: int, steps: int, learning_rate: float) -> Learner:
    """Return a learner with random weights; its learning rate falls to 0 over all steps."""
    keras = import_keras()
    # After Keras, whose import hides what TensorFlow's prints.
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    # Sums have a fixed order, so that a training is reproducible.
    tf.config.experimental.enable_op_determinism()
    model = network.build()
    warm_up = max(1, min(MOST_WARM_UP, round(WARM_UP * steps)))
    rate = keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - warm_up), warmup_target=learning_rate, warmup_steps=warm_up
    )
    optimizer = keras.optimizers.AdamW(rate, WEIGHT_DECAY, global_clipnorm=LONGEST_GRADIENT)
    optimizer.build(model.trainable_variables)
    return Learner(model, optimizer, _step(model, optimizer))


def _step(model: Any, optimizer: Any) -> Callable[[Batch], dict[str, float]]:
    import tensorflow as tf

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator]  # no stubs
    def learn(pages: Any, targets: dict[str, Any]) -> dict[str, Any]:
        with tf.GradientTape() as tape:
            parts = losses(model(pages, training=True), targets)
        gradients = tape.gradient(parts["loss"], model.trainable_variables)
        optimizer.apply(gradients, model.trainable_variables)
        return parts

    def step(batch: Batch) -> dict[str, float]:
        parts = learn(tf.constant(batch.pages), _tensors(batch))
        return {name: float(part) for name, part in parts.items()}

    return step


def _tensors(batch: Batch) -> dict[str, Any]:
    import tensorflow as tf

    return {name: tf.constant(value) for name, value in vars(batch.targets).items()}


def answering(model: Any) -> Callable[[GreyPicture], Answer]:
    """Return a function from a padded page to the network's answer, by its weights at each call."""
    import tensorflow as tf

    reader = network.with_probabilities(model)

    @tf.function(input_signature=[tf.TensorSpec((1, None, None), tf.uint8)])  # type: ignore[untyped-decorator]  # no stubs
    def forward(pages: Any) -> dict[str, Any]:
        return dict(reader(pages, training=False))

    def answer(page: GreyPicture) -> Answer:
        parts = forward(tf.constant(page[np.newaxis]))
        return {name: part.numpy()[0] for name, part in parts.items()}

    return answer


def save(learner: Learner, path: Path) -> None:
    """Write everything that the next step depends on."""
    values: dict[str, Any] = {
        str(position): np.asarray(value) for position, value in enumerate(_variables(learner))
    }
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **values)


def restore(learner: Learner, path: Path) -> None:
    """Restore the saved state of a learner with the same settings.

    Raises:
        ModelError: The state is missing, damaged, or another network's.
    """
    _assign(_variables(learner), path)


def begin_with(learner: Learner, path: Path) -> None:
    """Restore the weights alone of a saved state; raises as `restore` does."""
    _assign(learner.model.variables, path)


def _variables(learner: Learner) -> list[Any]:
    """Return the variables of the model and of the optimizer."""
    return [*learner.model.variables, *learner.optimizer.variables]


def _assign(variables: list[Any], path: Path) -> None:
    try:
        with path.open("rb") as file, np.load(file, allow_pickle=False) as archive:
            values = [archive[str(position)] for position in range(len(variables))]
        for variable, value in zip(variables, values, strict=True):
            variable.assign(value)
    except (OSError, ValueError, KeyError, zipfile.BadZipFile) as error:
        raise ModelError(
            f"{path}: expected the state of a training of this network, received something else "
            f"({first_line(error)}); begin with another folder"
        ) from error
