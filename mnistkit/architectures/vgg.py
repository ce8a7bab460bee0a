"""Pairs of 3x3 convolutions, each pair at half the size: for digits as people write them.

Reference:
    Simonyan, Zisserman: Very deep convolutional networks for large-scale image
    recognition. ICLR 2015 (stacks of 3x3 convolutions between poolings).
"""

from __future__ import annotations

from typing import Any

from mnistkit.architectures.inputs import image_input, to_unit_range
from mnistkit.contracts import Architecture, Recipe

STAGES = ((32, 32), (64, 64), (128, 128))


def build(classes: int, dropout: float) -> Any:
    """Return the network; 289,066 parameters with ten classes."""
    import keras
    from keras import layers

    image = image_input()
    x = to_unit_range(image)
    for stage, widths in enumerate(STAGES):
        if stage:
            x = layers.MaxPooling2D()(x)
        for filters in widths:
            x = layers.Conv2D(filters, 3, padding="same", use_bias=False)(x)
            x = layers.BatchNormalization()(x)
            x = layers.ReLU()(x)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(dropout)(x)
    x = layers.Dense(classes, name="logits")(x)
    x = layers.Rescaling(1.0, name="temperature")(x)
    return keras.Model(image, layers.Softmax(name="probabilities")(x), name="vgg")


ARCHITECTURE = Architecture(
    summary="six 3x3 convolutions at 28x28, 14x14 and 7x7, for real handwriting",
    recipe=Recipe(
        epochs=25,
        batch_size=128,
        learning_rate=2e-3,
        dropout=0.1,
        schedule="cosine",
        augmentation="handwriting",
    ),
    build=build,
)
