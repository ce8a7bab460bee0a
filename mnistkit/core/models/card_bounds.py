"""Limits of what a model's card may hold, as its file may come from anywhere."""

from __future__ import annotations

from typing import Any

from mnistkit.core import class_names

MAX_BYTES = 2**20
MAX_LAYERS = 5_000
MAX_TEXT = 5_000
MAX_DIMENSIONS = 8
MAX_NUMBER = 2**53


def check_counts(values: dict[str, Any]) -> None:
    """Raise `ValueError` for more layers or classes than a card may have, or unfit class names."""
    if len(values["layers"]) > MAX_LAYERS:
        raise ValueError(
            f"expected at most {MAX_LAYERS:,} layers, received {len(values['layers']):,}"
        )
    flaw = class_names.flaw(values["class_names"])
    if flaw:
        raise ValueError(flaw)


def check_values(values: dict[str, Any]) -> None:
    """Raise `ValueError` for a text too long or a number out of range; the types are right."""
    layers = values["layers"]
    named = [text for row in layers for text in (row["name"], row["type"])]
    own = [text for text in values.values() if isinstance(text, str)]
    for text in (*own, *named, *values["learned_from"]):
        if len(text) > MAX_TEXT:
            raise ValueError(f"expected texts of at most {MAX_TEXT:,} characters")
    for row in layers:
        if len(row["output_shape"]) > MAX_DIMENSIONS:
            raise ValueError(f"expected shapes of at most {MAX_DIMENSIONS} dimensions")
        for number in (row["parameters"], *row["output_shape"]):
            if number is not None and not 0 <= number <= MAX_NUMBER:
                raise ValueError(f"expected numbers from 0 to {MAX_NUMBER:,}, received {number}")
    accuracy = values["accuracy"]
    if accuracy is not None and not 0 <= accuracy <= 1:
        raise ValueError(f"expected an accuracy from 0 to 1, received {accuracy}")
