"""The card of a page reader: how it was trained, and how well it reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from mnistkit.errors import ModelError

READER_CARD_VERSION = 1
KIND = "reader"


@dataclass(frozen=True)
class ReaderCard:
    """A page reader's description of itself; the exported reader carries it inside.

    Args:
        toolkit_version: The mnistkit that trained it.
        command: The command that trains it again.
        settings: What its weights depend on: seed, steps, digits, typefaces and the like.
        packages: The versions it was trained with, by package.
        measures: What was measured on made pages, by the pages' name: `crops`, or their kind.
        weaknesses: What it is known to read badly, a sentence each.
        kind: Tells it from the card of a classifier.
        format_version: Of the card's JSON form.
    """

    toolkit_version: str
    command: str
    settings: Mapping[str, Any]
    packages: Mapping[str, str]
    measures: Mapping[str, Mapping[str, float | None]]
    weaknesses: tuple[str, ...] = ()
    kind: str = KIND
    format_version: int = READER_CARD_VERSION

    def to_json(self) -> dict[str, Any]:
        """Return the card as plain JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, values: Any) -> ReaderCard:
        """Return the card of these JSON values, which may come from anywhere.

        Raises:
            ModelError: They are not a page reader's card, or one of a later format.
        """
        if not isinstance(values, dict) or values.get("kind") != KIND:
            raise _damaged(f"expected the kind {KIND!r}")
        version = values.get("format_version")
        if isinstance(version, int) and version > READER_CARD_VERSION:
            raise ModelError(
                f"expected a page reader's card of format {READER_CARD_VERSION}, received format "
                f"{version}; use the mnistkit that wrote it"
            )
        if values.keys() != TYPES.keys():
            raise _damaged(f"expected {', '.join(TYPES)}")
        for name, expected in TYPES.items():
            if not isinstance(values[name], expected):
                raise _damaged(f"{name} is of another type")
        if not all(isinstance(text, str) for text in values["weaknesses"]):
            raise _damaged("weaknesses are texts")
        return cls(**{**values, "weaknesses": tuple(values["weaknesses"])})


TYPES: dict[str, Any] = {
    "toolkit_version": str,
    "command": str,
    "settings": dict,
    "packages": dict,
    "measures": dict,
    "weaknesses": list | tuple,
    "kind": str,
    "format_version": int,
}


def _damaged(reason: str) -> ModelError:
    return ModelError(
        f"expected a page reader's card, received a damaged one ({reason}); train the reader again"
    )
