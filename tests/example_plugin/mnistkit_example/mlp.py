"""An architecture: a perceptron with one hidden layer."""

from mnistkit.contracts import Architecture, Recipe


def build(classes, dropout):
    """Return the network, from uint8 (n, 28, 28) to probabilities."""
    import keras
    from keras import layers

    image = keras.Input((28, 28), dtype="uint8", name="image")
    x = layers.Flatten()(layers.Rescaling(1 / 255)(image))
    x = layers.Dense(64, activation="relu")(x)
    x = layers.Dropout(dropout)(x)
    probabilities = layers.Dense(classes, activation="softmax", name="probabilities")(x)
    return keras.Model(image, probabilities, name="mlp")


ARCHITECTURE = Architecture(
    summary="one hidden layer of 64 units, 50,890 parameters",
    recipe=Recipe(epochs=30, batch_size=64, learning_rate=2e-3, dropout=0.2, schedule="cosine"),
    build=build,
)
