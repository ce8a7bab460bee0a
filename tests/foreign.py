"""Small Keras classifiers as others make them."""

from __future__ import annotations

import json

import h5py
import numpy as np

from mnistkit.core.models import tensorflow

FORMS = {
    "0-1": lambda pixels: pixels / 255,
    "0-255": lambda pixels: pixels,
    "-1-1": lambda pixels: pixels / 127.5 - 1,
}


def floats(images, pixels="0-1", ink="bright"):
    """Images as the author of a network prepares them, float32 (n, 28, 28)."""
    raw = images.astype(np.float32)
    return FORMS[pixels](255 - raw if ink == "dark" else raw).astype(np.float32)


def network(shape=(28, 28), activation="softmax", first=(), dtype="float32"):
    """A network that knows nothing yet."""
    keras = tensorflow.import_keras()
    keras.utils.set_random_seed(1)
    layers = [keras.layers.Flatten(), keras.layers.Dense(32, activation="leaky_relu")]
    last = keras.layers.Dense(10, activation=activation)
    return keras.Sequential([keras.Input(shape, dtype=dtype), *first, *layers, last])


def fitted(model, pixels, labels, epochs=3):
    """The network, after some epochs on its own pixels."""
    keras = tensorflow.import_keras()
    logits = model.layers[-1].activation.__name__ == "linear"
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=logits)
    model.compile(keras.optimizers.Adam(1e-3), loss)
    model.fit(pixels.reshape(-1, *model.input_shape[1:]), labels, 32, epochs, verbose=0)
    return model


def save_as_keras_2(model, path):
    """Save a Sequential model in HDF5 as Keras 2 words its configuration."""
    model.save(path)
    with h5py.File(path, "r+") as file:
        configuration = json.loads(file.attrs["model_config"])
        first, *others = configuration["config"]["layers"]
        settings = first["config"]
        settings["batch_input_shape"] = settings.pop("batch_shape", None)
        configuration["config"] = {"name": "sequential", "layers": [first, *others]}
        for layer in configuration["config"]["layers"]:
            layer["config"]["dtype"] = "float32"
        file.attrs["model_config"] = json.dumps(configuration)
        file.attrs["keras_version"] = "2.15.0"
