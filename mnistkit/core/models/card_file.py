"""Reading and writing the card of an exported model."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from mnistkit.core import stored_json
from mnistkit.core.files import is_there, write_json
from mnistkit.core.models.card import Card
from mnistkit.errors import ModelError, reason_of

CARD_FILE = "card.json"
"""The card's name in the folder of an exported model."""


def has_card(path: Path) -> bool:
    """Return whether a path is the folder of an exported model."""
    return is_there(path / CARD_FILE)


def write_card(folder: Path, card: Card) -> None:
    """Write the card into the folder of an exported model."""
    write_json(folder / CARD_FILE, card.to_json())


def read_card(folder: Path) -> Card:
    """Return the card in the folder of an exported model.

    Raises:
        ModelError: It is missing or damaged.
    """
    file = folder / CARD_FILE
    return card_of(file, partial(stored_json.read, file))


def card_of(path: Path, read: Callable[[], Any]) -> Card:
    """Return the card that `read` finds in the file at `path`, as JSON values.

    Raises:
        ModelError: The file can't be read, or what it holds is not a card.
    """
    try:
        return Card.from_json(read())
    except ModelError as error:
        raise ModelError(f"{path}: {error}") from error
    except OSError as error:
        raise ModelError(f"{path}: {reason_of(error)}") from error
    except ValueError as error:
        raise ModelError(
            f"{path}: expected a model card in JSON, received something else ({error}); export "
            "the model again"
        ) from error
