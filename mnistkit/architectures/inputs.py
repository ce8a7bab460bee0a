"""The first layers of every network: uint8 pixels to float32 in [0, 1]."""

from __future__ import annotations

from typing import Any

from mnistkit.core.arrays import IMAGE_SHAPE


def image_input() -> Any:
    """Return the input tensor of every architecture, uint8 (n, 28, 28)."""
    import keras

    return keras.Input(IMAGE_SHAPE, dtype="uint8", name="image")


def to_unit_range(image: Any) -> Any:
    """Return the pixels as float32 (n, 28, 28, 1) in [0, 1]."""
    from keras import layers

    return layers.Reshape((*IMAGE_SHAPE, 1))(layers.Rescaling(1 / 255)(image))
