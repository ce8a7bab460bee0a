"""`tiny`: a few thousand parameters, for devices with little memory."""

from __future__ import annotations

from typing import Any

from mnistkit.architectures.blocks import activation, convolution
from mnistkit.architectures.inputs import image_input, to_unit_range
from mnistkit.architectures.outputs import calibrated_model
from mnistkit.core.recipe import Recipe
from mnistkit.plugin_types import Architecture

STAGES = ((8, 12), (16, 16), (16,))


def build(classes: int, dropout: float) -> Any:
    """Return the network; 7,714 parameters with ten classes."""
    from keras import layers

    image = image_input()
    x = to_unit_range(image)
    for stage, widths in enumerate(STAGES):
        if stage:
            x = layers.MaxPooling2D()(x)
        for filters in widths:
            x = activation(convolution(x, filters))
    x = layers.GlobalAveragePooling2D()(x)
    return calibrated_model(image, x, classes, dropout, "tiny")


ARCHITECTURE = Architecture(
    summary="five 3x3 convolutions, for small devices",
    recipe=Recipe(
        epochs=30,
        batch_size=64,
        learning_rate=1e-2,
        dropout=0.0,
        schedule="one-cycle",
        ema=0.05,
        augmentation="light",
        fewest_steps=500,
    ),
    build=build,
)
