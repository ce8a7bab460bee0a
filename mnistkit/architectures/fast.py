"""`fast`: about 99 % accuracy after one epoch.

The first convolution has a stride of 2, which leaves a fifth of the positions to the other layers.
Batch normalization allows ten times the usual learning rate.
"""

from __future__ import annotations

from typing import Any

from mnistkit.architectures.blocks import activation, convolution
from mnistkit.architectures.inputs import image_input, to_unit_range
from mnistkit.architectures.outputs import calibrated_model
from mnistkit.core.recipe import Recipe
from mnistkit.plugin_types import Architecture


def build(classes: int, dropout: float) -> Any:
    """Return the network; 132,266 parameters with ten classes."""
    from keras import layers

    image = image_input()
    x = activation(convolution(to_unit_range(image), 32, size=5, strides=2, padding="valid"))
    x = activation(convolution(x, 64, padding="valid"))
    x = layers.MaxPooling2D()(x)
    x = activation(convolution(x, 64, padding="valid"))
    x = activation(layers.Dense(128, use_bias=False)(layers.Flatten()(x)))
    return calibrated_model(image, x, classes, dropout, "fast")


ARCHITECTURE = Architecture(
    summary="99 % after one epoch of a few seconds",
    recipe=Recipe(
        epochs=1,
        batch_size=256,
        learning_rate=1e-2,
        dropout=0.0,
        schedule="one-cycle",
        momentum=0.7,
        label_smoothing=0.1,
    ),
    build=build,
)
