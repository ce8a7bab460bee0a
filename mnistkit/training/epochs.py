"""One epoch of learning, the same to the bit whenever it is repeated.

All that is random in an epoch (the order of the images, their augmentation, dropout) is drawn
anew from the seed and the epoch's number. So a model with its optimizer is the whole state of a
training after an epoch, and one that was interrupted goes on from there as if it had not
been.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.arrays import IMAGE_SHAPE, Images
from mnistkit.data.holdout import Examples
from mnistkit.training.augmentation import Augmenter, Targets


@dataclass(frozen=True)
class EpochProgress:
    """Where an epoch is: images done of all, and the means over them."""

    images: int
    total: int
    loss: float
    accuracy: float


def make_deterministic(seed: int) -> None:
    """Let the first weights come from the seed, and every sum be taken in a fixed order."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def steps_per_epoch(images: int, batch_size: int) -> int:
    """Batches an epoch, the last one perhaps smaller."""
    return -(-images // batch_size)


def epochs_done(model: Any, images: int, batch_size: int) -> int:
    """How many whole epochs a saved model has learned, as its optimizer counted."""
    return int(model.optimizer.iterations) // steps_per_epoch(images, batch_size)


@dataclass(frozen=True)
class Learner:
    """A model and how it learns; see `learner`."""

    model: Any
    batch_size: int
    augment: Augmenter
    step: Callable[[Images, Targets], tuple[Any, Any]]


def learner(
    model: Any, batch_size: int, augment: Augmenter, label_smoothing: float = 0.0
) -> Learner:
    """Make a compiled Keras model ready to learn.

    Args:
        model: Is changed by learning.
        batch_size: Images a step, before augmentation adds any.
        augment: What makes batches out of examples.
        label_smoothing: Share of each target that is spread over all classes.
    """
    import keras
    import tensorflow as tf

    model.optimizer.build(model.trainable_variables)
    signature = [
        tf.TensorSpec((None, *IMAGE_SHAPE), tf.uint8),
        tf.TensorSpec((None, model.output_shape[-1]), tf.float32),
    ]

    # Not `train_on_batch`, whose measures would count what augmentation adds to the examples.
    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]  # no stubs
    def step(images: Any, targets: Any) -> tuple[Any, Any]:
        with tf.GradientTape() as tape:
            probabilities = model(images, training=True)
            losses = keras.losses.categorical_crossentropy(
                targets, probabilities, label_smoothing=label_smoothing
            )
            loss = tf.reduce_mean(losses) + sum(model.losses)
        gradients = tape.gradient(loss, model.trainable_variables)
        model.optimizer.apply(gradients, model.trainable_variables)
        return losses, probabilities

    return Learner(model, batch_size, augment, step)


def learn(
    learner: Learner,
    examples: Examples,
    random: tuple[int, int],
    tell: Callable[[EpochProgress], None],
) -> dict[str, float]:
    """Learn all examples once.

    Args:
        learner: Its model is changed.
        examples: What to learn.
        random: The seed and the number of the epoch, counted from 0.
        tell: Called after each batch.

    Returns:
        `loss` and `accuracy` on the examples while learning, `seconds` and
        `images_per_second`.
    """
    _seed_dropout(learner.model, random)
    drawn = np.random.default_rng(random)
    total = len(examples)
    order = drawn.permutation(total)
    progress = EpochProgress(0, total, 0.0, 0.0)
    began = time.perf_counter()
    # Not `fit`, which copies the images twice over for every order they come in.
    for start in range(0, total, learner.batch_size):
        batch = order[start : start + learner.batch_size]
        class_indices = examples.class_indices[batch]
        images, targets = learner.augment(examples.images[batch], class_indices, drawn)
        losses, probabilities = learner.step(images, targets)
        right = probabilities.numpy()[: len(batch)].argmax(axis=1) == class_indices
        progress = _advanced(progress, losses.numpy()[: len(batch)], right)
        tell(progress)
    seconds = time.perf_counter() - began
    return {
        "loss": progress.loss,
        "accuracy": progress.accuracy,
        "seconds": seconds,
        "images_per_second": total / seconds,
    }


def _advanced(
    progress: EpochProgress, losses: NDArray[np.float32], right: NDArray[np.bool_]
) -> EpochProgress:
    """Take a batch of examples into the means of the epoch."""
    images = progress.images + len(losses)
    share = len(losses) / images
    return EpochProgress(
        images,
        progress.total,
        progress.loss + share * (float(losses.mean()) - progress.loss),
        progress.accuracy + share * (float(right.mean()) - progress.accuracy),
    )


def _seed_dropout(model: Any, random: tuple[int, int]) -> None:
    """Set the state of every layer that draws; a `.keras` file does not hold it."""
    states = [state for state in model.variables if state.name == "seed_generator_state"]
    for position, state in enumerate(states):
        drawn = np.random.SeedSequence([*random, position]).generate_state(1)[0]
        # A seed that is positive as int32, and Keras's count of its draws.
        state.assign(np.array([drawn >> 1, 0], dtype=state.dtype))
