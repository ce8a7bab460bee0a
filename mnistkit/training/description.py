"""Describe a network: its layers, and how a trained one was made."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from mnistkit import plugins
from mnistkit.core.models import choice, keras_classifier, run_folder
from mnistkit.core.models.card import Layer
from mnistkit.core.models.record import EnsembleRecord, ImportRecord, Record
from mnistkit.errors import ModelError
from mnistkit.plugin_types import Architecture
from mnistkit.prediction import opening
from mnistkit.prediction.artifacts import is_exported
from mnistkit.training import network
from mnistkit.training.settings import training_record

CLASSES = 10
# What JSON has of a record beside the layers and the command.
KEPT = (
    "command_line",
    "settings",
    "members",
    "imported",
    "dataset",
    "plugins",
    "packages",
    "metrics",
    "measured",
    "weaknesses",
    "licence",
)


@dataclass(frozen=True)
class Description:
    """A network's name and layers, and how it is or was trained.

    `plan` is that of an architecture: its summary, its recipe, and its options with the values
    worth trying. `record` is that of a run, and `command` makes such a run.
    """

    name: str
    layers: tuple[Layer, ...]
    plan: dict[str, Any] = field(default_factory=dict)
    record: Record | None = None
    command: str | None = None

    @property
    def total_parameters(self) -> int:
        """The number of parameters of all layers."""
        return sum(layer.parameters for layer in self.layers)

    def to_json(self) -> dict[str, Any]:
        """Return the description as plain JSON values."""
        values = {
            "name": self.name,
            "layers": [asdict(layer) for layer in self.layers],
            "total_parameters": self.total_parameters,
            **self.plan,
        }
        if self.record is None:
            return values
        recorded = self.record.to_json()
        kept = {key: recorded[key] for key in KEPT if key in recorded}
        return {**values, "command": self.command, **kept}


def describe(subject: str) -> Description:
    """Return the description of an architecture with ten classes, or of a trained model.

    Raises:
        ModelError: The subject is neither.
    """
    if subject in plugins.names("architecture"):
        return _architecture(subject)
    path = choice.BUNDLED_RUN if subject == choice.BUNDLED else Path(subject)
    if opening.is_run(path):
        run = run_folder.read(path)
        card = run.card()
        return Description(card.architecture, card.layers, record=run.record, command=_command(run))
    if path.exists():
        choice.check_format(path)
    if not (path.exists() and (path.suffix == ".keras" or is_exported(path))):
        raise ModelError(
            f"expected an architecture, a run folder, a .keras file, an exported model or "
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


def _command(run: run_folder.Run) -> str:
    """Return the command that makes such a run."""
    if isinstance(run.record, EnsembleRecord | ImportRecord):
        return run.record.command
    return training_record(run).settings.command()
