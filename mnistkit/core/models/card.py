"""What a model says of itself."""

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
    """What a model says of itself; an exported file carries it inside.

    `accuracy` is the share of right answers on `dataset`'s test split, or None where
    it was not measured. `dataset` is None for a model that was not trained here.
    `learned_from` names each dataset whose training split its weights were learned from:
    its own, those of the model it began with and of the runs it averages. `source_sha256` is
    the checksum of the `.keras` file that an exported file was made from, in hexadecimal; None
    for a model that was not exported from a file.
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
        """The card as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Any) -> Card:
        """Read a card back, checking every part of it: it may come from anywhere.

        Raises:
            ModelError: The values are no card, or one of a later format.
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
}

CARD_DEFAULTS: dict[str, Any] = {"learned_from": [], "source_sha256": None}
"""Of what other writers of cards may leave out."""

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
    """Whether it is of a type; True and False are no numbers."""
    return isinstance(value, expected) and not isinstance(value, bool)
