"""The layers around a network that was made elsewhere."""

from __future__ import annotations

from typing import Any

from mnistkit.architectures.inputs import image_input
from mnistkit.core.models.pixel_form import IMPORTED, Output, PixelForm
from mnistkit.importing.network import SIDE, Layout, Network


def wrap(network: Network, form: PixelForm, output: Output) -> Any:
    """Return a Keras model from uint8 (n, 28, 28) to probabilities around a network.

    The network is one of its layers, and keeps its weights.
    """
    import keras
    from keras import layers

    image = image_input()
    pixels = _pixels(image, network.layout, form)
    if "float" not in network.input_dtype:
        pixels = keras.ops.cast(pixels, network.input_dtype)
    rows = network.model(pixels)
    activation = "softmax" if output == "logits" else "linear"
    # The type is for networks of mixed precision.
    probabilities = layers.Activation(activation, dtype="float32", name="probabilities")(rows)
    return keras.Model(image, probabilities, name=IMPORTED)


def _pixels(image: Any, layout: Layout, form: PixelForm) -> Any:
    from keras import layers

    x = image
    if form.fit != "none":
        x = layers.Reshape((SIDE, SIDE, 1))(layers.Rescaling(1.0)(x))
        if form.fit == "pad":
            x = layers.ZeroPadding2D((layout.side - SIDE) // 2)(x)
        else:
            x = layers.Resizing(layout.side, layout.side)(x)
    x = layers.Rescaling(*form.factor_and_offset)(x)
    x = layers.Reshape((layout.side, layout.side, 1))(x)
    if layout.channels > 1:
        x = layers.Concatenate()([x] * layout.channels)
    if layout.channels_first:
        x = layers.Permute((3, 1, 2))(x)
    return x if tuple(x.shape[1:]) == layout.shape else layers.Reshape(layout.shape)(x)
