"""Images in the form that a network takes, as its author makes them: in NumPy."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.arrays import Images, Probabilities, probabilities_flaw
from mnistkit.core.models.classifier import BATCH_SIZE
from mnistkit.core.models.pixel_form import Output, PixelForm
from mnistkit.errors import ModelError
from mnistkit.importing.network import SIDE, Layout, Network

Floats = NDArray[np.float32]


def in_form(images: Images, layout: Layout, form: PixelForm) -> Floats:
    """Return images, uint8 (n, 28, 28), as float32 (n, *layout.shape)."""
    grey: NDArray[Any] = images[..., np.newaxis].astype(np.float32)
    if form.fit == "pad":
        frame = (layout.side - SIDE) // 2
        grey = np.pad(grey, ((0, 0), (frame, frame), (frame, frame), (0, 0)))
    elif form.fit == "resize":
        grey = _resized(grey, layout.side)
    grey = 255 - grey if form.ink == "dark" else grey
    if form.range == "0-1":
        grey = grey / 255
    elif form.range == "-1-1":
        grey = grey / 127.5 - 1
    channels: NDArray[Any] = np.repeat(grey, layout.channels, axis=-1)
    channels = np.moveaxis(channels, -1, 1) if layout.channels_first else channels
    return channels.astype(np.float32).reshape(-1, *layout.shape)


def _resized(grey: Floats, side: int) -> Floats:
    import keras

    resized: Floats = np.asarray(keras.ops.image.resize(grey, (side, side)))
    return resized


Outputs = Callable[[Images, PixelForm], Floats]
"""From images and their form to what a network gives, float32 (n, classes)."""


def outputs_of(network: Network) -> Outputs:
    """Return a function that runs a network, with dropout off."""
    import tensorflow as tf

    signature = [tf.TensorSpec((None, *network.input_shape), network.input_dtype)]

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]  # no stubs
    def forward(pixels: Any) -> Any:
        return tf.cast(network.model(pixels, training=False), tf.float32)

    def parts(images: Images, form: PixelForm) -> Iterator[Floats]:
        for start in range(0, len(images), BATCH_SIZE):
            pixels = in_form(images[start : start + BATCH_SIZE], network.layout, form)
            yield forward(tf.cast(pixels, network.input_dtype)).numpy()

    return lambda images, form: np.concatenate(list(parts(images, form)))


def kind_of(rows: Floats, name: str) -> Output:
    """Return what a network's outputs, float32 (n, classes), are.

    Raises:
        ModelError: Neither probabilities nor logits; the message begins with `name`.
    """
    if not np.isfinite(rows).all():
        raise ModelError(f"{name}: expected numbers as outputs, received NaN or infinity")
    if probabilities_flaw(rows) is None:
        return "probabilities"
    if rows.min() >= 0 and rows.max() <= 1:
        raise ModelError(
            f"{name}: expected probabilities that sum to 1, or logits, received an output from 0 "
            "to 1 for each class by itself, as sigmoid gives; train it with a softmax"
        )
    return "logits"


def probabilities_of(rows: Floats, kind: Output) -> Probabilities:
    """Return the probabilities, float32 (n, classes), of a network's outputs."""
    if kind == "probabilities":
        return rows
    shifted = rows.astype(np.float64) - rows.max(axis=1, keepdims=True)
    exponentials = np.exp(shifted)
    shares: Probabilities = exponentials / exponentials.sum(axis=1, keepdims=True)
    return shares.astype(np.float32)
