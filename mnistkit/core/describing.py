"""The layer table of anything that has one."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mnistkit import plugins
from mnistkit.contracts import Layer
from mnistkit.core import keras_models, model, runs
from mnistkit.errors import ModelError

CLASSES = 10


@dataclass(frozen=True)
class Description:
    """A network's name and layers."""

    name: str
    layers: tuple[Layer, ...]

    @property
    def total_parameters(self) -> int:
        """Over all layers."""
        return sum(layer.parameters for layer in self.layers)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON values."""
        layers = [asdict(layer) for layer in self.layers]
        return {
            "name": self.name,
            "layers": layers,
            "total_parameters": self.total_parameters,
        }


def describe(subject: str) -> Description:
    """Describe an architecture, as it is with ten classes, or a trained model.

    Raises:
        ModelError: Neither of them.
    """
    path = Path(subject)
    if subject in plugins.names("architecture"):
        return _architecture(subject)
    if path.is_dir():
        card = runs.read(path).card()
    elif path.suffix in model.SUFFIXES and path.exists():
        card = model.open_any(path).card
    else:
        raise ModelError(
            f"expected an architecture, a run folder, a .keras or an .onnx file, received "
            f"{subject}: {plugins.unknown('architecture', subject)}"
        )
    return Description(card.architecture, card.layers)


def _architecture(name: str) -> Description:
    return Description(name, keras_models.layer_table(keras_models.build(name, CLASSES)))
