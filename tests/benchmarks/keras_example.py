"""Keras's own example, "Simple MNIST convnet", until it has 99 % of the test images.

    python tests/benchmarks/keras_example.py DIR

DIR holds mnist's files, as for `--data-dir`. Network, batch size, share held out and optimizer are
the example's (F. Chollet, keras.io, 2015). Prints a JSON line an epoch.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import keras
import numpy as np
from keras import layers

from mnistkit.data.loading import load_splits
from mnistkit.fetching.store import Store

GOAL = 0.99
EPOCHS = 15


def main(folder: str) -> None:
    """Train an epoch at a time; what is counted is `fit` alone."""
    train, test = load_splits("mnist", ("train", "test"), Store(Path(folder)))
    images, test_images = (
        part.images[..., np.newaxis].astype(np.float32) / 255 for part in (train, test)
    )
    targets = keras.utils.to_categorical(train.class_indices, 10)
    model = keras.Sequential(
        [
            keras.Input((28, 28, 1)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    seconds, accuracy, epoch = 0.0, 0.0, 0
    while accuracy < GOAL and epoch < EPOCHS:
        epoch += 1
        began = time.perf_counter()
        model.fit(images, targets, batch_size=128, validation_split=0.1, verbose=0)
        seconds += time.perf_counter() - began
        predicted = model.predict(test_images, verbose=0).argmax(axis=1)
        accuracy = float((predicted == test.class_indices).mean())
        print(json.dumps({"epoch": epoch, "seconds": seconds, "accuracy": accuracy}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
