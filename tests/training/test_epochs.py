"""An epoch of learning, the same to the bit whenever it is repeated."""

from __future__ import annotations

import numpy as np
import pytest
from agreement import is_accuracy
from asking import make_request

from mnistkit.core.models import keras_file, tensorflow
from mnistkit.core.recipe import Recipe
from mnistkit.data.holdout import Examples
from mnistkit.plugin_types import Architecture
from mnistkit.training import epochs, optimizers
from mnistkit.training.augmentation import AUGMENTATIONS, augmenter
from mnistkit.training.settings import from_request

BATCH_SIZE = 32
NAMES = tuple("0123456789")


@pytest.fixture(scope="module")
def examples(sample):
    """Eighty images: two whole batches and a half one."""
    return Examples(sample.images[:80], sample.class_indices[:80])


PLAIN = Architecture("a network", Recipe(), build=print)


def make_model(seed=0, dropout=0.5, steps=9, **chosen):
    keras = tensorflow.import_keras()
    epochs.make_deterministic(seed)
    image = keras.Input((28, 28), dtype="uint8")
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(image))
    x = keras.layers.Dropout(dropout)(keras.layers.Dense(16, activation="relu")(x))
    x = keras.layers.Dropout(dropout)(x)
    model = keras.Model(image, keras.layers.Dense(10, activation="softmax")(x))
    settings = from_request(make_request("cnn", **chosen), PLAIN, "mnist-sample")
    optimizers.compile_model(model, settings, steps)
    return model


def learn(model, examples, epoch, seed=0, augmentation="none"):
    told = []
    learner = epochs.learner(model, BATCH_SIZE, augmenter(augmentation, NAMES))
    row = epochs.learn(learner, examples, (seed, epoch), told.append)
    return row, told


def state(model):
    """The weights and what the optimizer remembers."""
    return [variable.numpy() for variable in (*model.weights, *model.optimizer.variables)]


def same(one, other):
    return all(np.array_equal(a, b) for a, b in zip(state(one), state(other), strict=True))


@pytest.mark.sampled(4)
@pytest.mark.parametrize("augmentation", AUGMENTATIONS)
def test_a_model_that_was_saved_between_epochs_ends_as_one_that_was_not(
    examples, tmp_path, augmentation
):
    whole, stopped = (make_model(schedule="cosine") for _ in range(2))
    for epoch in range(3):
        learn(whole, examples, epoch, augmentation=augmentation)
    for epoch in range(3):
        learn(stopped, examples, epoch, augmentation=augmentation)
        stopped.save(tmp_path / "model.keras")
        # What other work in the process draws has no part in it.
        np.random.default_rng().random(10)
        stopped = keras_file.open_model(tmp_path / "model.keras")
        epochs.make_deterministic(99)
        assert epochs.epochs_done(stopped, len(examples), BATCH_SIZE) == epoch + 1
    assert same(whole, stopped)


def test_the_seed_decides_the_first_weights():
    first, again, other = (make_model(seed) for seed in (0, 0, 1))
    assert same(first, again)
    assert not same(first, other)


def test_another_seed_or_epoch_is_learned_otherwise(examples):
    one, *others = (make_model() for _ in range(3))
    learn(one, examples, 0)
    for other, (seed, epoch) in zip(others, [(1, 0), (0, 1)], strict=True):
        learn(other, examples, epoch, seed)
        assert not same(one, other)


def test_dropout_is_drawn_anew_in_every_epoch_and_layer(examples):
    model = make_model()
    drawn = []
    for epoch in range(2):
        learn(model, examples, epoch)
        drawn += [
            tuple(layer.seed_generator.state.numpy())
            for layer in model.layers
            if type(layer).__name__ == "Dropout"
        ]
    assert len(set(drawn)) == 4


@pytest.mark.parametrize("augmentation", AUGMENTATIONS)
def test_every_image_is_learned_once_and_told_of_batch_by_batch(examples, augmentation):
    model = make_model()
    _, told = learn(model, examples, 0, augmentation=augmentation)
    assert [progress.images for progress in told] == [32, 64, 80]
    assert {progress.total for progress in told} == {80}
    assert int(model.optimizer.iterations) == 3
    assert epochs.steps_per_epoch(80, BATCH_SIZE) == 3
    assert epochs.steps_per_epoch(64, BATCH_SIZE) == 2


def test_loss_and_accuracy_are_the_means_over_all_images_so_far(examples):
    # Nothing is dropped and next to nothing is learned: every batch meets the same network.
    model = make_model(dropout=0.0, learning_rate=1e-30)
    probabilities = model.predict(examples.images, verbose=0)
    right = probabilities[np.arange(80), examples.class_indices]
    row, told = learn(model, examples, 0)
    assert row["loss"] == pytest.approx(-np.log(right).mean(), rel=1e-5)
    assert is_accuracy(row["accuracy"], probabilities, examples.class_indices)
    assert (told[-1].loss, told[-1].accuracy) == (row["loss"], row["accuracy"])
    order = np.random.default_rng((0, 0)).permutation(80)[:64]
    assert told[1].loss == pytest.approx(-np.log(right[order]).mean(), rel=1e-5)


def test_what_augmentation_adds_is_learned_and_counts_in_no_mean(examples):
    batches = []

    def augment(images, class_indices, _random):
        batches.append(len(images))
        targets = np.eye(10, dtype=np.float32)[class_indices]
        non_digits = np.full((5, 10), 0.1, np.float32)
        noise = np.random.default_rng(0).integers(0, 256, (5, 28, 28), np.uint8)
        return np.concatenate([images, noise]), np.concatenate([targets, non_digits])

    model, plain = (make_model(dropout=0.0, learning_rate=1e-30) for _ in range(2))
    probabilities = model.predict(examples.images, verbose=0)
    learner = epochs.learner(model, BATCH_SIZE, augment)
    row = epochs.learn(learner, examples, (0, 0), lambda _: None)
    expected, _ = learn(plain, examples, 0)
    assert batches == [32, 32, 16]
    assert row["loss"] == pytest.approx(expected["loss"], rel=1e-6)
    for learned in (row, expected):
        assert is_accuracy(learned["accuracy"], probabilities, examples.class_indices)
    # Adam remembers the gradients, which the additions have changed.
    assert not same(model, plain)


def test_an_epoch_starts_its_means_anew_and_tells_its_speed(examples):
    model = make_model(dropout=0.0, learning_rate=1e-30)
    probabilities = model.predict(examples.images, verbose=0)
    (first, _), (second, _) = (learn(model, examples, epoch) for epoch in range(2))
    assert second["loss"] == pytest.approx(first["loss"], rel=1e-5)
    for learned in (first, second):
        assert is_accuracy(learned["accuracy"], probabilities, examples.class_indices)
    assert second["images_per_second"] == pytest.approx(80 / second["seconds"])
