from __future__ import annotations

import pytest

from mnistkit.core.models import tensorflow


@pytest.fixture
def model(tmp_path):
    """A small model's file, alone in its folder."""
    keras = tensorflow.import_keras()
    keras.utils.set_random_seed(1)
    image = keras.Input((28, 28), dtype="uint8")
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(image))
    network = keras.Model(image, keras.layers.Dense(10, activation="softmax")(x))
    path = tmp_path / "models" / "model.keras"
    path.parent.mkdir()
    network.save(path)
    return path
