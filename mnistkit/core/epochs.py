"""One epoch of learning, the same to the bit whenever it is repeated.

All that is random in an epoch (the order of the images, dropout) is drawn anew from the
seed and the epoch's number. So a model with its optimizer is the whole state of a
training after an epoch, and one that was interrupted goes on from there as if it had not
been.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mnistkit.contracts import Schedule
from mnistkit.core.partition import Examples


@dataclass(frozen=True)
class Progress:
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


def compile_model(model: Any, learning_rate: float, schedule: Schedule, steps: int) -> None:
    """Give a Keras model its loss, its optimizer, and the schedule over all `steps`."""
    import keras

    rate: Any = learning_rate
    if schedule == "cosine":
        rate = keras.optimizers.schedules.CosineDecay(learning_rate, steps)
    model.compile(keras.optimizers.Adam(rate), "categorical_crossentropy", metrics=["accuracy"])


def steps_per_epoch(images: int, batch_size: int) -> int:
    """Batches an epoch, the last one perhaps smaller."""
    return -(-images // batch_size)


def epochs_done(model: Any, images: int, batch_size: int) -> int:
    """How many whole epochs a saved model has learned, as its optimizer counted."""
    return int(model.optimizer.iterations) // steps_per_epoch(images, batch_size)


def learn(
    model: Any,
    examples: Examples,
    batch_size: int,
    random: tuple[int, int],
    tell: Callable[[Progress], None],
) -> dict[str, float]:
    """Learn all examples once.

    Args:
        model: A compiled Keras model; changed.
        examples: What to learn.
        batch_size: Images a step.
        random: The seed and the number of the epoch, counted from 0.
        tell: Called after each batch.

    Returns:
        `loss` and `accuracy` while learning, `seconds` and `images_per_second`.
    """
    _seed_dropout(model, random)
    total = len(examples)
    order = np.random.default_rng(random).permutation(total)
    one_hot = np.eye(model.output_shape[-1], dtype=np.float32)
    progress = Progress(0, total, 0.0, 0.0)
    began = time.perf_counter()
    # Not `fit`, which copies the images twice over for every order they come in.
    for start in range(0, total, batch_size):
        batch = order[start : start + batch_size]
        means = model.train_on_batch(
            examples.images[batch], one_hot[examples.class_indices[batch]], return_dict=True
        )
        progress = _advanced(progress, len(batch), means)
        tell(progress)
    seconds = time.perf_counter() - began
    return {
        "loss": progress.loss,
        "accuracy": progress.accuracy,
        "seconds": seconds,
        "images_per_second": total / seconds,
    }


def _advanced(progress: Progress, count: int, means: Mapping[str, Any]) -> Progress:
    """Take a batch of `count` images with its own means into the means of the epoch."""
    images = progress.images + count
    share = count / images
    return Progress(
        images,
        progress.total,
        progress.loss + share * (float(means["loss"]) - progress.loss),
        progress.accuracy + share * (float(means["accuracy"]) - progress.accuracy),
    )


def _seed_dropout(model: Any, random: tuple[int, int]) -> None:
    """Set the state of every layer that draws; a `.keras` file does not hold it."""
    states = [state for state in model.variables if state.name == "seed_generator_state"]
    for position, state in enumerate(states):
        drawn = np.random.SeedSequence([*random, position]).generate_state(1)[0]
        # A seed that is positive as int32, and Keras's count of its draws.
        state.assign(np.array([drawn >> 1, 0], dtype=state.dtype))
