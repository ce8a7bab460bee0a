"""The content of `run.json`: the record of a training, an ensemble or an imported model."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from mnistkit.core import typed_json
from mnistkit.core.models.card import Layer
from mnistkit.core.models.pixel_form import ImportFacts
from mnistkit.core.models.training_settings import ModelSettings, Settings
from mnistkit.core.recipe import PROBABILITY
from mnistkit.core.typed_json import Count, whole

Status = Literal["running", "interrupted", "finished"]

FORMAT_VERSION = 1

Accuracy = Annotated[float, PROBABILITY]


@dataclass(frozen=True)
class TrainingData:
    """The training images of a run; `sha256` is `LabelledImages.checksum`.

    It is None for an imported model, whose training images are not known.
    """

    class_names: tuple[str, ...]
    preparation: str
    sha256: str | None
    training_images: Count | None = None
    validation_images: int | None = None


@dataclass(frozen=True)
class UsedPlugin:
    """A plugin that a run used, and its distribution."""

    kind: str
    name: str
    distribution: str
    version: str


@dataclass(frozen=True)
class Epoch:
    """The measures of an epoch; the validation ones are None without validation images."""

    epoch: Count
    loss: float | None
    accuracy: Accuracy
    seconds: float | None
    images_per_second: float | None
    validation_loss: float | None = None
    validation_accuracy: Accuracy | None = None


@dataclass(frozen=True)
class Measures:
    """Measures of a model on `count` images, with dropout off.

    `nll` is the mean negative log-likelihood.
    """

    accuracy: Accuracy
    nll: float | None
    count: Count


@dataclass(frozen=True)
class FirstImage:
    """The first test image: its label and the predicted one."""

    label: str
    predicted: str


@dataclass(frozen=True, kw_only=True)
class Metrics:
    """Measures of a finished model; `temperature` is None for a model without one."""

    train: Measures | None = None
    validation: Measures | None = None
    test: Measures
    first_test_image: FirstImage
    temperature: float | None


@dataclass(frozen=True)
class MemberFacts:
    """A member of an ensemble; its accuracy is on the test split of its own dataset.

    Both are None for an imported model that was not measured.
    """

    run: str
    architecture: str
    dataset: str | None
    accuracy: Accuracy | None
    sha256: str
    saw_test_images: bool


@dataclass(frozen=True, kw_only=True)
class Record:
    """The fields that all records share.

    Args:
        created: Time of the start, by `run_folder.now`.
        updated: Time of the last write.
        command_line: The command as the user typed it; None for a run made from Python.
        learned_from: The image collections that the weights were trained on; see
            `mnistkit.data.overlap`.
        packages: Version of each package that was used, including `mnistkit`.
        metrics: The final metrics; None until the run is finished, and for an imported model
            that was not measured.
        measured, weaknesses, licence: Only the bundled run has them.
    """

    format_version: Annotated[int, whole(FORMAT_VERSION, FORMAT_VERSION)] = FORMAT_VERSION
    status: Status
    created: str
    updated: str
    command_line: str | None = None
    settings: ModelSettings
    dataset: TrainingData
    learned_from: tuple[str, ...]
    plugins: tuple[UsedPlugin, ...]
    packages: Mapping[str, str]
    layers: tuple[Layer, ...]
    history: tuple[Epoch, ...]
    metrics: Metrics | None
    measured: Mapping[str, Mapping[str, float]] | None = None
    weaknesses: tuple[str, ...] | None = None
    licence: tuple[str, ...] | None = None

    def to_json(self) -> dict[str, Any]:
        """Return the record as plain JSON values."""
        values: dict[str, Any] = typed_json.to_json(self)
        return values

    def table(self) -> list[dict[str, Any]]:
        """Return the history with the same columns in each row."""
        rows = [typed_json.to_json(row) for row in self.history]
        columns = dict.fromkeys(column for row in rows for column in row)
        return [{column: row.get(column) for column in columns} for row in rows]


@dataclass(frozen=True, kw_only=True)
class TrainingRecord(Record):
    """The record of a training.

    Args:
        validation_learned: Whether the pretrained model may have been trained on the
            validation images.
        init_sha256: SHA-256 of the pretrained model's file; None without one.
        tracked: The trackers that receive the progress, and what finds the run in the store of
            each, empty where the store was never reached; None for a run without trackers.
    """

    settings: Settings
    validation_learned: bool
    init_sha256: str | None
    tracked: Mapping[str, Mapping[str, str]] | None = None


@dataclass(frozen=True, kw_only=True)
class EnsembleRecord(Record):
    """The record of an ensemble; `command` repeats it from any folder."""

    command: str
    members: tuple[MemberFacts, ...]


@dataclass(frozen=True, kw_only=True)
class ImportRecord(Record):
    """The record of an imported model; `command` repeats it from any folder."""

    command: str
    imported: ImportFacts


def from_json(value: Any, where: str = "record") -> Record:
    """Return the record of JSON values.

    Args:
        value: The values of a `run.json`.
        where: The record's name in errors.

    Raises:
        ValueError: The values are not a record; the message names the field.
    """
    # The record is written again; JSON has no NaN, and UTF-8 no lone surrogates.
    json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    record: Record = typed_json.read(_kind_of(value), value, where)
    if "mnistkit" not in record.packages:
        raise ValueError(f"expected {where}.packages.mnistkit, received none")
    measured = record.metrics is not None or isinstance(record, ImportRecord)
    if record.status == "finished" and not measured:
        raise ValueError(f"expected {where}.metrics, which a finished run has, received none")
    return record


def _kind_of(value: Any) -> type[Record]:
    names = value if isinstance(value, dict) else {}
    if "members" in names:
        return EnsembleRecord
    return ImportRecord if "imported" in names else TrainingRecord
