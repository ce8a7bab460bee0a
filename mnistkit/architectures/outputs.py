"""The last layers of a network whose confidence is calibrated after its training."""

from __future__ import annotations

from typing import Any


def calibrated_model(image: Any, features: Any, classes: int, dropout: float, name: str) -> Any:
    """Return the model from its input to probabilities.

    Args:
        image: The input tensor.
        features: What the network made of it, (n, any).
        classes: How many there are.
        dropout: Share of the features dropped while training.
        name: The architecture's.
    """
    import keras
    from keras import layers

    x = layers.Dropout(dropout)(features)
    x = layers.Dense(classes, name="logits")(x)
    x = layers.Rescaling(1.0, name="temperature")(x)
    return keras.Model(image, layers.Softmax(name="probabilities")(x), name=name)
