"""Training an imported model further: its network is in its own file, not in an architecture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mnistkit.core.class_names import named
from mnistkit.core.models import keras_classifier, keras_file
from mnistkit.core.models.pixel_form import IMPORTED
from mnistkit.core.recipe import Recipe
from mnistkit.errors import UsageError
from mnistkit.plugin_types import Architecture

DROPOUT = "Dropout"


def is_own_network(architecture: str, own: str | None) -> bool:
    """Return whether a training uses the network in the file it begins with."""
    return architecture == own == IMPORTED


def plugins_of(architecture: str) -> list[str]:
    """Return the names of the architectures that were plugins."""
    return [] if architecture == IMPORTED else [architecture]


def architecture_of(path: Path) -> Architecture:
    """Return the architecture of an imported model, with the dropout rate that it has."""
    recipe = Recipe(dropout=_highest_rate(path))
    about = "the network of an imported model"
    return Architecture(about, recipe, lambda _classes, _dropout: keras_file.open_model(path))


def network_in(path: Path, class_names: tuple[str, ...], dropout: float) -> Any:
    """Return the network in a file, with its weights, for training.

    Args:
        path: The Keras model of a run.
        class_names: The classes of the training.
        dropout: The highest dropout rate; the others keep their share of it.

    Raises:
        UsageError: It has other classes.
    """
    model = keras_file.open_model(path)
    own = keras_classifier.find_card(path, model).class_names
    if own != class_names:
        raise UsageError(
            f"expected images of the classes {named(own)}, which the imported model has, received "
            f"{named(class_names)}; name another --dataset, or an --architecture of new weights"
        )
    highest = _highest_rate(path)
    for layer in _layers(model):
        if type(layer).__name__ == DROPOUT and highest:
            layer.rate *= dropout / highest
    return model


def _highest_rate(path: Path) -> float:
    parts = keras_file.objects(keras_file.read_configuration(path))
    rates = [part["config"]["rate"] for part in parts if part["class_name"] == DROPOUT]
    return max(rates, default=0.0)


def _layers(model: Any) -> Iterator[Any]:
    """Yield the layers of a model, those of models in it too."""
    for layer in model.layers:
        yield layer
        yield from _layers(layer) if hasattr(layer, "layers") else ()
