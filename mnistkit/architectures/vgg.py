"""`vgg`: three pairs of 3x3 convolutions, each pair at half the size of the last.

Reference:
    K. Simonyan, A. Zisserman: Very deep convolutional networks for large-scale image
    recognition. ICLR 2015 (stacks of 3x3 convolutions between poolings).
"""

from __future__ import annotations

from typing import Any

from mnistkit.architectures.blocks import activation, convolution
from mnistkit.architectures.inputs import image_input, to_unit_range
from mnistkit.architectures.outputs import calibrated_model
from mnistkit.core.recipe import Recipe
from mnistkit.plugin_types import Architecture

STAGES = 3


def build(classes: int, dropout: float, *, width: int = 32) -> Any:
    """Return the network; 289,066 parameters with ten classes.

    Args:
        classes: Number of classes.
        dropout: Dropout rate of the features, in [0, 1).
        width: Filters of the first pair; each further pair has twice as many.
    """
    from keras import layers

    image = image_input()
    x = to_unit_range(image)
    for stage in range(STAGES):
        if stage:
            x = layers.MaxPooling2D()(x)
        for _ in range(2):
            x = activation(convolution(x, width * 2**stage))
    x = layers.GlobalAveragePooling2D()(x)
    return calibrated_model(image, x, classes, dropout, "vgg")


ARCHITECTURE = Architecture(
    summary="six 3x3 convolutions at 28x28, 14x14 and 7x7, the most accurate",
    recipe=Recipe(
        epochs=12,
        batch_size=128,
        learning_rate=3e-3,
        dropout=0.1,
        schedule="one-cycle",
        optimizer="adamw",
        weight_decay=0.02,
        ema=0.05,
        label_smoothing=0.1,
        augmentation="medium",
    ),
    build=build,
    options={"width": (32, 16, 24)},
)
