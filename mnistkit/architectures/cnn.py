"""`cnn`: three convolution blocks on the image resized to 64x64 RGB."""

from __future__ import annotations

from typing import Any

from mnistkit.architectures.inputs import image_input, to_unit_range
from mnistkit.core.recipe import Recipe
from mnistkit.plugin_types import Architecture

SIDE = 64
BLOCKS = 3


def build(classes: int, dropout: float, *, filters: int = 32, units: int = 128) -> Any:
    """Return the network; 684,490 parameters with ten classes.

    Args:
        classes: Number of classes.
        dropout: Dropout rate after the dense layer, in [0, 1).
        filters: Filters of the first block; each further block has twice as many.
        units: Units of the dense layer.
    """
    import keras
    from keras import layers

    image = image_input()
    grey = layers.Resizing(SIDE, SIDE, interpolation="bilinear")(to_unit_range(image))
    x = layers.Concatenate(name="rgb")([grey, grey, grey])
    for block in range(BLOCKS):
        x = layers.Conv2D(filters * 2**block, 3, activation="relu")(x)
        x = layers.MaxPooling2D()(x)
    x = layers.Flatten()(x)
    x = layers.Dense(units, activation="relu")(x)
    x = layers.Dropout(dropout)(x)
    probabilities = layers.Dense(classes, activation="softmax", name="probabilities")(x)
    return keras.Model(image, probabilities, name="cnn")


ARCHITECTURE = Architecture(
    summary="three convolution blocks at 64x64 RGB, the classic first network",
    recipe=Recipe(epochs=5, batch_size=32, learning_rate=1e-3, dropout=0.5),
    build=build,
    options={"filters": (32, 16, 48), "units": (128, 64, 256)},
)
