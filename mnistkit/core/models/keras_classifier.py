"""Keras models as classifiers, with their cards."""

from __future__ import annotations

from itertools import dropwhile
from pathlib import Path
from typing import Any

from mnistkit.__about__ import __version__
from mnistkit.core.arrays import IMAGE_SHAPE, Images, Probabilities
from mnistkit.core.models import run_folder
from mnistkit.core.models.card import Card, Layer
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.models.keras_file import open_model
from mnistkit.errors import ModelError


def open_classifier(path: Path) -> Classifier:
    """Open a `.keras` file as a classifier; in a run, its card is the run's."""
    model = open_model(path)
    return classifier(model, find_card(path, model), path)


def find_card(path: Path, model: Any) -> Card:
    """Return the card of the run that holds `path`; without a run, what the model itself shows."""
    classes = model.output_shape[-1]
    if path.name == run_folder.MODEL_FILE and (path.parent / run_folder.RECORD_FILE).is_file():
        card = run_folder.read(path.parent).card()
        if len(card.class_names) != classes:
            raise ModelError(
                f"{path}: expected {len(card.class_names)} classes, as its run records, received "
                f"{classes}; train again"
            )
        return card
    return plain_card(model)


def plain_card(model: Any) -> Card:
    """Return the card of a model without a run: what the model itself shows."""
    return Card(
        toolkit_version=__version__,
        class_names=tuple(str(index) for index in range(model.output_shape[-1])),
        architecture=model.name,
        layers=layer_table(model),
        dataset=None,
        preparation="digit",
        accuracy=None,
    )


def classifier(model: Any, card: Card, path: Path | None = None) -> Classifier:
    """Return the classifier of a Keras model, with dropout off."""
    import tensorflow as tf

    signature = [tf.TensorSpec((None, *IMAGE_SHAPE), tf.uint8)]

    @tf.function(input_signature=signature)  # type: ignore[untyped-decorator]  # no stubs
    def forward(images: Any) -> Any:
        return model(images, training=False)

    def infer(images: Images) -> Probabilities:
        probabilities: Probabilities = forward(images).numpy()
        return probabilities

    return Classifier(card, infer, path)


def layer_table(model: Any) -> tuple[Layer, ...]:
    """Return the network's layers, from the first one with weights.

    The layers before it only prepare the pixels: input, scaling, resizing. A network that is one
    layer of its model, as an imported one is, has its own layers.
    """
    learned = [layer for layer in model.layers if layer.count_params()]
    if len(learned) == 1 and hasattr(learned[0], "layers"):
        return layer_table(learned[0])
    network = dropwhile(lambda layer: layer.count_params() == 0, model.layers)
    return tuple(
        Layer(layer.name, type(layer).__name__, _output_shape(layer), layer.count_params())
        for layer in network
    )


def _output_shape(layer: Any) -> tuple[int | None, ...]:
    """Return the shape of a layer's first output, without the batch."""
    output = layer.output[0] if isinstance(layer.output, list | tuple) else layer.output
    return tuple(output.shape[1:])
