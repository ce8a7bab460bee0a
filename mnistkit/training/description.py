"""The layer table of anything that has one, and how a trained model came to be."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mnistkit import plugins
from mnistkit.core.models import choice, keras_classifier, run_folder
from mnistkit.core.models.card import Layer
from mnistkit.core.models.record_fields import CARD
from mnistkit.errors import ModelError
from mnistkit.plugin_types import Architecture
from mnistkit.prediction import opening
from mnistkit.training import network
from mnistkit.training.settings import recorded

CLASSES = 10


@dataclass(frozen=True)
class Description:
    """A network's name and layers, and where they come from.

    `plan` is of an architecture: its summary, its recipe, and its options with the values worth
    trying. `origin` has the keys of `run.json` a run was made from: how the model was trained, on
    what, and how well it does.
    """

    name: str
    layers: tuple[Layer, ...]
    plan: dict[str, Any] = field(default_factory=dict)
    origin: dict[str, Any] = field(default_factory=dict)

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
            **self.plan,
            **self.origin,
        }


def describe(subject: str) -> Description:
    """Describe an architecture, as it is with ten classes, or a trained model.

    Raises:
        ModelError: Neither of them.
    """
    if subject in plugins.names("architecture"):
        return _architecture(subject)
    path = choice.BUNDLED_RUN if subject == choice.BUNDLED else Path(subject)
    if path.is_dir():
        return _run(run_folder.read(path))
    if path.exists():
        choice.check_format(path)
    if path.suffix not in choice.SUFFIXES or not path.exists():
        raise ModelError(
            f"expected an architecture, a run folder, a .keras or an .onnx file, or "
            f"`{choice.BUNDLED}`, received {subject}: {plugins.unknown('architecture', subject)}"
        )
    card = opening.open_any(path).card
    return Description(card.architecture, card.layers)


def _architecture(name: str) -> Description:
    architecture = plugins.load("architecture", name, Architecture)
    plan = {
        "summary": architecture.summary,
        "recipe": asdict(architecture.recipe),
        "options": {option: list(values) for option, values in architecture.options.items()},
    }
    return Description(name, keras_classifier.layer_table(network.build(name, CLASSES)), plan)


def _run(run: run_folder.Run) -> Description:
    card, record = run.card(), run.record
    kept = ("settings", "members", "dataset", "packages", "metrics", *CARD)
    return Description(
        card.architecture,
        card.layers,
        origin={
            "command": _command(run),
            **{key: record[key] for key in kept if key in record},
        },
    )


def _command(run: run_folder.Run) -> str:
    """What makes such a run; a training's follows from its settings."""
    if run.is_ensemble:
        return str(run.record["command"])
    return recorded(run).command()
