"""The record of a page reader's training, the content of its `training.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from mnistkit.core import typed_json
from mnistkit.core.models.reader_card import Measures, ReaderSettings
from mnistkit.core.typed_json import Count, whole
from mnistkit.reading.learning.proof import ReaderProof

FORMAT_VERSION = 1


@dataclass(frozen=True)
class Row:
    """A row of a training's history.

    Args:
        step: The steps that were done.
        losses: The losses of that step's batch, by name.
        measures: What was measured on the validation crops then.
    """

    step: Count
    losses: Mapping[str, float]
    measures: Measures


@dataclass(frozen=True)
class Record:
    """The record of a training.

    Args:
        created: When the training started, ISO 8601 in UTC.
        updated: When the record was written.
        settings: The settings that the weights depend on.
        packages: The versions of the packages, by package.
        history: What was measured during the training.
        measures: What was measured at the end, by the pages' name; None before.
        proof: The proof of the exported reader; None before.
        format_version: The version of the record's JSON form.
    """

    created: str
    updated: str
    settings: ReaderSettings
    packages: Mapping[str, str]
    history: tuple[Row, ...] = ()
    measures: Mapping[str, Measures] | None = None
    proof: ReaderProof | None = None
    format_version: Annotated[int, whole(FORMAT_VERSION, FORMAT_VERSION)] = FORMAT_VERSION

    def to_json(self) -> Any:
        """Return the record as plain JSON values."""
        return typed_json.to_json(self)


def from_json(values: Any) -> Record:
    """Return the record of JSON values.

    Raises:
        ValueError: The values are not such a record.
    """
    record: Record = typed_json.read(Record, values, "record")
    return record
