"""`resnet`: a pre-activation residual network of three stages, at 28x28, 14x14 and 7x7.

References:
    K. He, X. Zhang, S. Ren, J. Sun: Identity mappings in deep residual networks. ECCV 2016.
    S. Zagoruyko, N. Komodakis: Wide residual networks. BMVC 2016.
    T. He et al.: Bag of tricks for image classification with convolutional neural networks.
    CVPR 2019 (average pooling on the shortcut).
"""

from __future__ import annotations

from typing import Any

from mnistkit.architectures.blocks import activation, convolution
from mnistkit.architectures.inputs import image_input, to_unit_range
from mnistkit.architectures.outputs import calibrated_model
from mnistkit.core.recipe import Recipe
from mnistkit.plugin_types import Architecture

STAGES = 3


def build(classes: int, dropout: float, *, width: int = 24, blocks: int = 2) -> Any:
    """Return the network.

    Args:
        classes: Number of classes.
        dropout: Dropout rate of the features, in [0, 1).
        width: Filters of the first stage; each further stage has twice as many.
        blocks: Residual blocks per stage.
    """
    from keras import layers

    image = image_input()
    x = convolution(to_unit_range(image), width)
    for stage in range(STAGES):
        for block in range(blocks):
            halved = stage > 0 and block == 0
            x = _block(x, width * 2**stage, halved=halved)
    x = layers.GlobalAveragePooling2D()(activation(x))
    return calibrated_model(image, x, classes, dropout, "resnet")


def _block(x: Any, filters: int, *, halved: bool) -> Any:
    from keras import layers

    activated = activation(x)
    short = x
    if halved:
        short = convolution(layers.AveragePooling2D(2)(activated), filters, size=1)
    residual = convolution(activated, filters, strides=2 if halved else 1)
    residual = convolution(activation(residual), filters)
    return layers.Add()([short, residual])


ARCHITECTURE = Architecture(
    summary="residual blocks at 28x28, 14x14 and 7x7",
    recipe=Recipe(
        epochs=26,
        batch_size=128,
        learning_rate=3e-3,
        dropout=0.0,
        schedule="one-cycle",
        optimizer="adamw",
        weight_decay=0.02,
        ema=0.05,
        label_smoothing=0.1,
        augmentation="medium",
    ),
    build=build,
    options={"width": (24, 16, 32), "blocks": (2, 1, 3)},
)
