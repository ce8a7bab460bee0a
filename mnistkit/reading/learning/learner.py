"""The network, its optimizer and one step of learning; their state is saved and read back."""

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
# Of all steps, those in which the learning rate rises, and at most so many.
WARM_UP, MOST_WARM_UP = 0.05, 300
# Of the gradient's length: a rare crop may not throw the weights about.
LONGEST_GRADIENT = 10.0


@dataclass(frozen=True)
class Learner:
    """A network that learns.

    Args:
        model: The Keras model of `network.build`.
        optimizer: Its optimizer, which counts the steps.
        step: Learns a batch and returns the losses, by name.
    """

    model: Any
    optimizer: Any
    step: Callable[[Batch], dict[str, float]]

    @property
    def steps_done(self) -> int:
        """How many batches have been learned."""
        return int(self.optimizer.iterations)


def new_learner(seed: int, steps: int, learning_rate: float) -> Learner:
    """Return a network with first weights by the seed, which counts on so many steps in all."""
    import tensorflow as tf

    keras = import_keras()
    keras.utils.set_random_seed(seed)
    # Every sum is taken in a fixed order.
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
    """Return what answers for a page, padded, with a network as it is at that time."""
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
    """Write all that the next step depends on."""
    values: dict[str, Any] = {
        str(position): np.asarray(value) for position, value in enumerate(_variables(learner))
    }
    with replacing(path) as temporary, temporary.open("wb") as file:
        np.savez(file, allow_pickle=False, **values)


def restore(learner: Learner, path: Path) -> None:
    """Give a learner the state that was saved of another one with the same settings.

    Raises:
        ModelError: It is missing, damaged, or another network's.
    """
    _assign(_variables(learner), path)


def begin_with(learner: Learner, path: Path) -> None:
    """Give a learner the weights of a saved state, and no more of it; errors as for `restore`."""
    _assign(learner.model.variables, path)


def _variables(learner: Learner) -> list[Any]:
    """Return the weights, and after them what the optimizer remembers."""
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
