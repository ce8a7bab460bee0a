"""The card of a page reader: how it was trained, and how well it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Annotated, Any, Literal

from mnistkit.core import typed_json
from mnistkit.core.typed_json import Count, whole
from mnistkit.errors import ModelError

READER_CARD_VERSION = 1
KIND: Literal["reader"] = "reader"

Measures = Mapping[str, float | None]
"""What was measured on made pages, by name; see `mnistkit.reading.learning.measuring`."""


@dataclass(frozen=True)
class ReaderSettings:
    """The settings that the weights of a page reader depend on.

    Args:
        steps: Batches of crops; the learning rate falls to 0 over them.
        seed: Random seed of the first weights and of all crops.
        batch_size: Crops per step.
        side: Side of a crop, in pixels.
        learning_rate: The highest learning rate.
        init_sha256: SHA-256 of the state whose weights the training started with, in hexadecimal;
            None for random weights.
        dataset: The dataset whose training digits are written on the pages.
        dataset_sha256: Its checksum.
        typefaces: The file names of the typefaces, sorted.
    """

    steps: Count
    seed: Annotated[int, whole(0, 2**32 - 1)]
    batch_size: Count
    side: Count
    learning_rate: float
    init_sha256: str | None
    dataset: str
    dataset_sha256: str
    typefaces: tuple[str, ...]


@dataclass(frozen=True)
class ReaderCard:
    """A page reader's description of itself; the exported reader carries it inside.

    Args:
        toolkit_version: The version of mnistkit that trained it.
        command: The command that trains it again.
        settings: The settings of its training.
        packages: The versions of the packages it was trained with, by package.
        measures: What was measured on made pages, by the pages' name: `crops`, or their kind.
        weaknesses: What it is known to read badly, a sentence each.
        kind: Distinguishes it from the card of a classifier.
        format_version: The version of the card's JSON form.
    """

    toolkit_version: str
    command: str
    settings: ReaderSettings
    packages: Mapping[str, str]
    measures: Mapping[str, Measures]
    weaknesses: tuple[str, ...] = ()
    kind: Literal["reader"] = KIND
    format_version: int = READER_CARD_VERSION

    def to_json(self) -> dict[str, Any]:
        """Return the card as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Any) -> ReaderCard:
        """Return the card of JSON values, which are checked.

        Raises:
            ModelError: The values are not a page reader's card, or a card of a later format.
        """
        if not isinstance(values, dict) or values.get("kind") != KIND:
            raise _damaged(f"expected the kind {KIND!r}")
        version = values.get("format_version")
        if isinstance(version, int) and version > READER_CARD_VERSION:
            raise ModelError(
                f"expected a page reader's card of format {READER_CARD_VERSION}, received format "
                f"{version}; use the mnistkit that wrote it"
            )
        try:
            card: ReaderCard = typed_json.read(cls, values, "card")
        except ValueError as error:
            raise _damaged(str(error)) from error
        return card


def _damaged(reason: str) -> ModelError:
    return ModelError(
        f"expected a page reader's card, received a damaged one ({reason}); train the reader again"
    )
