"""The record of a run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mnistkit.core.models import run_folder
from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.core.models.record import EnsembleRecord, Epoch, TrainingRecord, from_json


@pytest.fixture(scope="module")
def record():
    return run_folder.read(BUNDLED_RUN).record


def test_what_a_record_writes_it_reads(record):
    assert isinstance(record, TrainingRecord)
    assert from_json(record.to_json()) == record


def test_the_members_of_an_ensemble_tell_its_record_from_a_training_s(record):
    values = record.to_json()
    for name in ("validation_learned", "init_sha256"):
        del values[name]
    values["settings"] = {"architecture": "ensemble", "dataset": "mnist", "export": False}
    ensemble = from_json(values | {"members": [], "command": "mnistkit ensemble a b"})
    assert isinstance(ensemble, EnsembleRecord)
    with pytest.raises(ValueError, match=r"expected record\.validation_learned, received none"):
        from_json(values)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"format_version": 2}, r"expected record\.format_version to be 1, received 2"),
        ({"packages": {}}, r"expected record\.packages\.mnistkit, received none"),
        ({"metrics": None}, r"expected record\.metrics, which a finished run has, received none"),
        ({"seed": 3}, r"expected no record\.seed, received 3"),
        ({"created": "\ud800"}, "surrogates not allowed"),
        ({"created": float("nan")}, "not JSON compliant"),
        ({"status": "done"}, r"expected record\.status to be one of running, interrupted, finish"),
    ],
)
def test_what_no_record_has_is_refused(record, change, message):
    with pytest.raises(ValueError, match=message):
        from_json(record.to_json() | change)


@pytest.mark.parametrize("value", [None, 7, ["members"], "imported"])
def test_what_is_no_object_is_no_record(value):
    with pytest.raises(ValueError, match=r"^expected record to be an object, received "):
        from_json(value)


def test_the_rows_of_the_table_have_the_same_columns(record):
    plain = Epoch(1, float("nan"), 0.5, 1.0, 2.0)
    validated = replace(plain, epoch=2, loss=0.25, validation_loss=0.5, validation_accuracy=0.75)
    first, second = replace(record, history=(plain, validated)).table()
    assert list(first) == list(second)
    assert (first["loss"], first["validation_loss"]) == (None, None)
    assert (second["loss"], second["validation_accuracy"]) == (0.25, 0.75)
    (alone,) = replace(record, history=(plain,)).table()
    assert "validation_loss" not in alone
