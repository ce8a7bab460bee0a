"""The plain script mnistkit grew from: the whole set resized beforehand, then `fit`.

    python tests/benchmarks/plain_keras.py DIR EPOCHS

DIR holds mnist's files, as for `--data-dir`. Prints the seconds of each epoch.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
from keras import layers

from mnistkit.data.loading import load_split
from mnistkit.fetching.store import Store


def main(folder: str, epochs: int) -> None:
    """Train as a tutorial would."""
    data = load_split("mnist", "train", Store(Path(folder)))
    images = np.empty((len(data.images), 64, 64, 3), np.float32)
    for start in range(0, len(images), 1000):
        part = data.images[start : start + 1000, :, :, np.newaxis].astype(np.float32) / 255
        resized = tf.image.resize(part, (64, 64))
        images[start : start + 1000] = tf.image.grayscale_to_rgb(resized).numpy()
    targets = keras.utils.to_categorical(data.class_indices, 10)
    model = keras.Sequential(
        [
            keras.Input((64, 64, 3)),
            layers.Conv2D(32, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(128, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(128, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile("adam", "categorical_crossentropy", metrics=["accuracy"])
    for _ in range(epochs):
        began = time.perf_counter()
        model.fit(images, targets, batch_size=32, epochs=1, verbose=0)
        print(f"{time.perf_counter() - began:.2f}", file=sys.stderr)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
