"""Searches with real trainings, of seconds."""

from __future__ import annotations

import json
import shlex
from dataclasses import replace

import pytest
from asking import make_request
from PIL import Image
from typer.testing import CliRunner

from mnistkit.cli.app import app
from mnistkit.datasets import mnist_sample
from mnistkit.errors import OutputExistsError, UsageError
from mnistkit.fetching.store import Store
from mnistkit.tuning.search import Search, begin

pytestmark = pytest.mark.thorough

SMALL = make_request(dataset="mnist-sample", limit=120, epochs=2, validation=0.25)


@pytest.fixture
def loaded(monkeypatch):
    """The splits of the sample that were loaded."""
    splits = []

    def load(split, store):
        splits.append(split)
        return mnist_sample.load(split, store)

    recording = replace(mnist_sample.DATASET, load=load)
    monkeypatch.setattr(mnist_sample, "DATASET", recording)
    return splits


def test_a_search_finds_what_its_command_trains_and_never_loads_the_test_split(
    loaded, notes, tmp_path
):
    folder = tmp_path / "found"
    tuning = begin(Search(SMALL, 2, pruner="none", folder=folder), Store())
    tuning.work(notes)
    assert set(loaded) == {"train"}

    recorded = json.loads((folder / "study.json").read_text())
    assert recorded["counts"] == {"complete": 2}
    best = recorded["best"]
    assert best["accuracy"] == max(trial["accuracies"][-1] for trial in recorded["trials"])
    assert [len(trial["accuracies"]) for trial in recorded["trials"]] == [2, 2]
    assert (folder / "best.sh").read_text() == f"{best['command']}\n"

    # The same to the bit, by another way: the command's own training.
    run = tmp_path / "run"
    words = shlex.split(best["command"])[1:]
    answered = CliRunner().invoke(app, [*words, "--no-export", "--output", str(run)])
    assert answered.exit_code == 0, answered.output
    trained = json.loads((run / "run.json").read_text())
    assert trained["metrics"]["validation"]["accuracy"] == best["accuracy"]
    accuracies = [row["validation_accuracy"] for row in trained["history"]]
    assert accuracies == recorded["trials"][best["number"]]["accuracies"]

    for name in ("history", "parallel"):
        with Image.open(folder / f"{name}.png") as picture:
            assert min(picture.size) > 300


@pytest.mark.parametrize(("asked", "epochs"), [(None, 15), (2, 2)])
def test_all_trials_of_a_study_have_the_epochs_that_few_images_need(tmp_path, asked, epochs):
    training = replace(SMALL, architecture="fast", recipe={"epochs": asked})
    tuning = begin(Search(training, 2, folder=tmp_path), Store())
    # Ninety images in ten steps an epoch.
    assert tuning.study.space.first["batch_size"] == 9
    assert tuning.epochs == epochs
    for batch_size in (9, 32, 256):
        settings = tuning.trainer.settings({**tuning.study.space.first, "batch_size": batch_size})
        assert (settings.batch_size, settings.epochs) == (batch_size, epochs)


def test_without_images_held_out_there_is_nothing_to_compare_by(tmp_path):
    with pytest.raises(UsageError, match="--validation 0; raise it"):
        begin(Search(replace(SMALL, validation=0.0), 3, folder=tmp_path), Store())


def test_a_folder_that_holds_something_else_is_left_alone(tmp_path):
    (tmp_path / "history.png").write_bytes(b"a picture of mine")
    with pytest.raises(OutputExistsError, match="choose another --output"):
        begin(Search(SMALL, 3, folder=tmp_path), Store())
    assert [path.name for path in tmp_path.iterdir()] == ["history.png"]


def test_a_name_that_is_a_path_is_refused(tmp_path):
    with pytest.raises(UsageError, match=r"received '\.\./other'"):
        begin(Search(SMALL, 3, name="../other", folder=tmp_path / "new"), Store())
    assert not (tmp_path / "new").exists()
