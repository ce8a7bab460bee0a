"""Train one epoch; repeated, it gives the same weights to the bit.

Everything random in an epoch (the order of the images, their augmentation, dropout) follows from
the seed and the epoch's number. A model with its optimizer is therefore the whole state of a
training after an epoch, and a resumed training ends as one that was never interrupted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.arrays import IMAGE_SHAPE, ClassIndices, Images
from mnistkit.data.holdout import Examples
from mnistkit.training.augmentation import Augmenter, Targets


@dataclass(frozen=True)
class EpochProgress:
    """The progress of an epoch: how many images are done, and the means over them."""

    images: int
    total: int
    loss: float
    accuracy: float


def make_deterministic(seed: int) -> None:
    """Make new weights follow from the seed, and fix the order of all sums."""
    import keras
    import tensorflow as tf

    keras.utils.set_random_seed(seed)
    tf.config.experimental.enable_op_determinism()


def steps_per_epoch(images: int, batch_size: int) -> int:
    """Return the number of batches in an epoch; the last one may be smaller."""
    return -(-images // batch_size)


def epochs_done(model: Any, images: int, batch_size: int) -> int:
    """Return the number of whole epochs that a saved model was trained, by its optimizer."""
    return int(model.optimizer.iterations) // steps_per_epoch(images, batch_size)


@dataclass(frozen=True)
class Learner:
    """A model and how it is trained; see `learner`."""

    model: Any
    batch_size: int
    augment: Augmenter
    step: Callable[[Images, Targets], tuple[Any, Any]]


def learner(
    model: Any, batch_size: int, augment: Augmenter, label_smoothing: float = 0.0
) -> Learner:
    """Return what trains a compiled Keras model.

    Args:
        model: Its weights are changed by training.
        batch_size: Images per step, before augmentation adds any.
        augment: Makes batches from examples.
        label_smoothing: Share of each target that is spread over all classes.
    """
    import keras
    import tensorflow as tf

    model.optimizer.build(model.trainable_variables)
    signature = [
        tf.TensorSpec((None, *IMAGE_SHAPE), tf.uint8),
        tf.TensorSpec((None, model.output_shape[-1]), tf.float32),
    ]

    # Not `train_on_batch`, whose measures would include the images that augmentation adds.
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
    """Train one epoch and return its measures.

    Args:
        learner: Its model is changed.
        examples: The training images.
        random: The seed and the number of the epoch, counted from 0.
        tell: Called after each batch.

    Returns:
        `loss` and `accuracy` on the examples during training, `seconds` and
        `images_per_second`.
    """
    _seed_dropout(learner.model, random)
    drawn = np.random.default_rng(random)
    total = len(examples)
    progress = EpochProgress(0, total, 0.0, 0.0)
    began = time.perf_counter()
    # Not `fit`, which copies the images twice for each order.
    for class_indices, (images, targets) in _batches(learner, examples, drawn):
        losses, probabilities = learner.step(images, targets)
        count = len(class_indices)
        right = probabilities.numpy()[:count].argmax(axis=1) == class_indices
        progress = _advanced(progress, losses.numpy()[:count], right)
        tell(progress)
    seconds = time.perf_counter() - began
    return {
        "loss": progress.loss,
        "accuracy": progress.accuracy,
        "seconds": seconds,
        "images_per_second": total / seconds,
    }


def _batches(
    learner: Learner, examples: Examples, drawn: np.random.Generator
) -> Iterator[tuple[ClassIndices, tuple[Images, Targets]]]:
    """Yield batches with their class indices; the next one is augmented while one is learned."""
    order = drawn.permutation(len(examples))
    parts = [order[i : i + learner.batch_size] for i in range(0, len(order), learner.batch_size)]

    def augmented(part: NDArray[np.int64]) -> tuple[Images, Targets]:
        return learner.augment(examples.images[part], examples.class_indices[part], drawn)

    # One worker, so that the random numbers are drawn in the order of the batches.
    with ThreadPoolExecutor(1) as worker:
        coming = [worker.submit(augmented, part) for part in parts[:1]]
        for i, part in enumerate(parts):
            made = coming.pop().result()
            coming += [worker.submit(augmented, later) for later in parts[i + 1 : i + 2]]
            yield examples.class_indices[part], made


def _advanced(
    progress: EpochProgress, losses: NDArray[np.float32], right: NDArray[np.bool_]
) -> EpochProgress:
    """Return the progress after another batch."""
    images = progress.images + len(losses)
    share = len(losses) / images
    return EpochProgress(
        images,
        progress.total,
        progress.loss + share * (float(losses.mean()) - progress.loss),
        progress.accuracy + share * (float(right.mean()) - progress.accuracy),
    )


def _seed_dropout(model: Any, random: tuple[int, int]) -> None:
    """Set the random state of every layer, which a `.keras` file does not hold."""
    states = [state for state in model.variables if state.name == "seed_generator_state"]
    for position, state in enumerate(states):
        drawn = np.random.SeedSequence([*random, position]).generate_state(1)[0]
        # A seed that is positive as int32, and Keras's count of its draws.
        state.assign(np.array([drawn >> 1, 0], dtype=state.dtype))
