"""The last layers of a network that can be calibrated after its training."""

from __future__ import annotations

from typing import Any


def calibrated_model(image: Any, features: Any, classes: int, dropout: float, name: str) -> Any:
    """Return the Keras model from images to probabilities, with a temperature layer.

    Args:
        image: The input tensor.
        features: The network's features, (n, any).
        classes: Number of classes.
        dropout: Dropout rate of the features, in [0, 1).
        name: The architecture's name.
    """
    import keras
    from keras import layers

    x = layers.Dropout(dropout)(features)
    x = layers.Dense(classes, name="logits")(x)
    x = layers.Rescaling(1.0, name="temperature")(x)
    return keras.Model(image, layers.Softmax(name="probabilities")(x), name=name)
