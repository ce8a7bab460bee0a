"""The card of a model: class names, layers, and what it was trained on."""

from __future__ import annotations

import reprlib
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from mnistkit.core import class_names, typed_json
from mnistkit.core.recipe import PROBABILITY, Options
from mnistkit.core.typed_json import whole
from mnistkit.errors import ModelError

CARD_FORMAT_VERSION = 1

MAX_LAYERS = 5_000
MAX_TEXT = 5_000
MAX_DIMENSIONS = 8

Size = Annotated[int, whole(0, 2**53)]


@dataclass(frozen=True)
class Layer:
    """A row of a model's layer table; `output_shape` is without the batch."""

    name: str
    type: str
    output_shape: tuple[Size | None, ...]
    parameters: Size


@dataclass(frozen=True, repr=False)
class Card:
    """A model's description of itself; an exported model carries it inside.

    Args:
        toolkit_version: The version of mnistkit that wrote it.
        class_names: The label of each column of the probabilities.
        architecture: The architecture's name, or the Keras model's.
        layers: The layer table.
        dataset: The dataset that the model was trained on; None if it was not trained by
            mnistkit.
        preparation: A key of `PREPARATIONS`, the preparation of pictures.
        accuracy: Accuracy on the test split of `dataset`, in [0, 1]; None if not measured.
        learned_from: The image collections that the weights were trained on, those of
            pretrained models and members of ensembles included.
        source_sha256: SHA-256 of the `.keras` file that was exported, in hexadecimal; None for
            a model that was not exported from a file.
        exporter: The exporter that wrote the model; None for a Keras model.
        exporter_options: The values of the exporter's options, by name; None for a Keras model.
        format_version: The version of the card's JSON form.
    """

    toolkit_version: str
    class_names: tuple[str, ...]
    architecture: str
    layers: tuple[Layer, ...]
    dataset: str | None
    preparation: str
    accuracy: Annotated[float, PROBABILITY] | None
    learned_from: tuple[str, ...] = ()
    source_sha256: str | None = None
    exporter: str | None = None
    exporter_options: Options | None = None
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
        """Return the card of JSON values, which are checked.

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
                # Other writers of cards may leave it out.
                values = {"learned_from": (), **values}
            card: Card = typed_json.read(cls, values, "card")
            card._check_bounds()
        except ValueError as error:
            raise ModelError(
                f"expected a model card as mnistkit writes it, received a damaged one ({error}); "
                "export the model again"
            ) from error
        return card

    def _check_bounds(self) -> None:
        """Raise `ValueError` for invalid class names, or lists and texts that are too long."""
        flaw = class_names.flaw(self.class_names)
        if flaw:
            raise ValueError(flaw)
        if len(self.layers) > MAX_LAYERS:
            raise ValueError(
                f"expected at most {MAX_LAYERS:,} layers, received {len(self.layers):,}"
            )
        named = [text for layer in self.layers for text in (layer.name, layer.type)]
        own = [text for text in vars(self).values() if isinstance(text, str)]
        given = [str(each) for pair in (self.exporter_options or {}).items() for each in pair]
        if any(len(text) > MAX_TEXT for text in (*own, *named, *given, *self.learned_from)):
            raise ValueError(f"expected texts of at most {MAX_TEXT:,} characters")
        if any(len(layer.output_shape) > MAX_DIMENSIONS for layer in self.layers):
            raise ValueError(f"expected shapes of at most {MAX_DIMENSIONS} dimensions")
