"""The card of a model: class names, layers, and what it was trained on."""

from __future__ import annotations

import reprlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from mnistkit.core.models import card_bounds
from mnistkit.errors import ModelError

CARD_FORMAT_VERSION = 1


@dataclass(frozen=True)
class Layer:
    """A row of a model's layer table; `output_shape` is without the batch."""

    name: str
    type: str
    output_shape: tuple[int | None, ...]
    parameters: int


@dataclass(frozen=True, repr=False)
class Card:
    """A model's description of itself; an exported model carries it inside.

    Args:
        toolkit_version: The mnistkit that wrote it.
        class_names: The label of each column of the probabilities.
        architecture: The architecture's name, or the network's own.
        layers: The layer table.
        dataset: The dataset it was trained on; None for a model that was not trained here.
        preparation: How a picture becomes an image, by its name.
        accuracy: Share of right answers on the test split of `dataset`; None where it was
            not measured.
        learned_from: Each dataset whose training split its weights were learned from: its
            own, those of the model it began with and of the runs it averages.
        source_sha256: Checksum of the `.keras` file it was exported from, in hexadecimal;
            None for a model that was not exported from a file.
        exporter: The exporter that wrote it; None for a Keras model.
        format_version: Of the card's JSON form.
    """

    toolkit_version: str
    class_names: tuple[str, ...]
    architecture: str
    layers: tuple[Layer, ...]
    dataset: str | None
    preparation: str
    accuracy: float | None
    learned_from: tuple[str, ...] = ()
    source_sha256: str | None = None
    exporter: str | None = None
    format_version: int = CARD_FORMAT_VERSION

    def __repr__(self) -> str:
        shown = {
            "architecture": self.architecture,
            "dataset": self.dataset,
            "preparation": self.preparation,
            "accuracy": self.accuracy,
        }
        texts = ", ".join(f"{name}={reprlib.repr(value)}" for name, value in shown.items())
        return f"Card({texts}, {len(self.class_names)} classes, {len(self.layers)} layers)"

    def to_json(self) -> dict[str, Any]:
        """Return the card as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Any) -> Card:
        """Return the card of these JSON values, after a check of every part.

        Raises:
            ModelError: The values are not a card, or a card of a later format.
        """
        version = values.get("format_version") if isinstance(values, dict) else None
        if isinstance(version, int) and version > CARD_FORMAT_VERSION:
            raise ModelError(
                f"expected a model card of format {CARD_FORMAT_VERSION}, received format "
                f"{version}; open the model with the mnistkit that wrote it"
            )
        try:
            if isinstance(values, dict):
                values = CARD_DEFAULTS | values
            _check_types(values, CARD_TYPES)
            card_bounds.check_counts(values)
            for row in values["layers"]:
                _check_types(row, LAYER_TYPES)
                _check_items(row["output_shape"], int | None)
            _check_items(values["class_names"], str)
            _check_items(values["learned_from"], str)
            card_bounds.check_values(values)
        except (TypeError, KeyError, ValueError) as error:
            raise ModelError(
                f"expected a model card as mnistkit writes it, received a damaged one ({error}); "
                "export the model again"
            ) from error
        layers = [
            Layer(**{**row, "output_shape": tuple(row["output_shape"])}) for row in values["layers"]
        ]
        texts = {name: tuple(values[name]) for name in ("class_names", "learned_from")}
        return cls(**{**values, **texts, "layers": tuple(layers)})


CARD_TYPES: dict[str, Any] = {
    "format_version": int,
    "toolkit_version": str,
    "class_names": list | tuple,
    "architecture": str,
    "layers": list | tuple,
    "dataset": str | None,
    "preparation": str,
    "accuracy": float | int | None,
    "learned_from": list | tuple,
    "source_sha256": str | None,
    "exporter": str | None,
}

CARD_DEFAULTS: dict[str, Any] = {"learned_from": [], "source_sha256": None, "exporter": None}
"""The values of what other writers of cards may leave out."""

LAYER_TYPES: dict[str, Any] = {
    "name": str,
    "type": str,
    "output_shape": list | tuple,
    "parameters": int,
}


def _check_types(values: Any, types: dict[str, Any]) -> None:
    if not isinstance(values, dict) or set(values) != set(types):
        raise TypeError(f"expected {', '.join(types)}")
    for name, expected in types.items():
        if not _is(values[name], expected):
            raise TypeError(f"{name} is {reprlib.repr(values[name])}")


def _check_items(values: Sequence[Any], expected: Any) -> None:
    for value in values:
        if not _is(value, expected):
            raise TypeError(f"{reprlib.repr(value)} stands among {reprlib.repr(values)}")


def _is(value: Any, expected: Any) -> bool:
    """Whether a value is of a type; True and False are not numbers."""
    return isinstance(value, expected) and not isinstance(value, bool)
