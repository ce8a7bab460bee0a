"""A small model, and an empty folder to export it into."""

from __future__ import annotations

import pytest

from mnistkit.core.models import tensorflow
from mnistkit.core.models.keras_classifier import plain_card


@pytest.fixture(scope="session")
def small_model():
    """A network of one convolution, whose answers differ from image to image."""
    keras = tensorflow.import_keras()
    keras.utils.set_random_seed(1)
    image = keras.Input((28, 28), dtype="uint8")
    x = keras.layers.Reshape((28, 28, 1))(keras.layers.Rescaling(1 / 255)(image))
    x = keras.layers.Conv2D(4, 5, strides=4, activation="relu")(x)
    x = keras.layers.Dense(10, activation="softmax")(keras.layers.Flatten()(x))
    return keras.Model(image, x, name="small")


@pytest.fixture(scope="session")
def small_card(small_model):
    return plain_card(small_model)


@pytest.fixture
def artifact(tmp_path):
    """The folder that an exporter writes into."""
    path = tmp_path / "artifact"
    path.mkdir()
    return path
