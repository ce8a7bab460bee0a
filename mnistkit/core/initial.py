"""A trained model whose weights a new training begins with."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from mnistkit.contracts import Architecture, Recipe
from mnistkit.core import keras_models, runs
from mnistkit.core.model import BUNDLED, choose, is_bundled
from mnistkit.core.settings import Settings, recorded
from mnistkit.errors import ModelError

# What was learned is to be kept: fewer and smaller steps than from nothing.
SHARE_OF_EPOCHS = 0.2
SHARE_OF_LEARNING_RATE = 0.1


@dataclass(frozen=True)
class Origin:
    """A `.keras` file, and the settings it was trained with where they are known."""

    path: Path
    settings: Settings | None

    @property
    def name(self) -> str:
        """What leads back to it from any folder."""
        if is_bundled(self.path):
            return BUNDLED
        return str((self.path.parent if self.settings else self.path).resolve())

    def architecture(self, architecture: Architecture, name: str) -> Architecture:
        """Return an architecture with the recipe and the options to go on from here.

        The origin's own where it is of this architecture, with fewer and smaller steps.
        """
        recipe, options = architecture.recipe, architecture.options
        if self.settings and self.settings.architecture == name:
            learned = self.settings
            recipe = Recipe(**{part.name: getattr(learned, part.name) for part in fields(Recipe)})
            options = {
                option: (learned.options.get(option, values[0]), *values)
                for option, values in options.items()
            }
            if learned.init is not None:
                # It went on from another model, gently.
                return replace(architecture, recipe=recipe, options=options)
        gentler = replace(
            recipe,
            epochs=max(1, round(recipe.epochs * SHARE_OF_EPOCHS)),
            learning_rate=recipe.learning_rate * SHARE_OF_LEARNING_RATE,
        )
        return replace(architecture, recipe=gentler, options=options)


def find(name: str) -> Origin:
    """Find the model to begin with.

    Args:
        name: A run folder, a `.keras` file or `bundled`.

    Raises:
        ModelError: Something else.
    """
    path = choose(name).path
    if path.suffix == ".onnx":
        raise ModelError(
            f"expected a run folder, a .keras file or `bundled` to begin with, received {path}: "
            "an exported model can't be trained; name the run it came from"
        )
    folder = path if path.is_dir() else path.parent
    if path.is_dir() or (path.name == runs.MODEL_FILE and (folder / runs.RECORD_FILE).is_file()):
        run = runs.read(folder)
        return Origin(run.model, recorded(run))
    return Origin(path, None)


def copy_weights(origin: Origin, model: Any, class_names: tuple[str, ...]) -> None:
    """Give a new model the weights of the origin; the head stays new for other classes.

    Args:
        origin: What to begin with.
        model: A Keras model that was just built.
        class_names: What it is going to tell apart.

    Raises:
        ModelError: Networks that differ in more than their head.
    """
    source = keras_models.open_model(origin.path)
    learned, new = (
        [layer for layer in network.layers if layer.weights] for network in (source, model)
    )
    if keras_models.find_card(origin.path, source).class_names != class_names:
        learned, new = learned[:-1], new[:-1]
    if [_shapes(layer) for layer in learned] != [_shapes(layer) for layer in new]:
        raise ModelError(
            f"{origin.path}: expected the weights of {model.name} ({model.count_params():,} in "
            f"all), received those of {source.name} ({source.count_params():,}); choose the "
            "architecture and the options it was trained with"
        )
    for layer, target in zip(learned, new, strict=True):
        target.set_weights(layer.get_weights())


def _shapes(layer: Any) -> tuple[str, list[tuple[int, ...]]]:
    return type(layer).__name__, [tuple(weight.shape) for weight in layer.weights]
