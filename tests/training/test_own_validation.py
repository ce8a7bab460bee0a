"""What trains with a dataset that has validation images of its own."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pytest
from asking import make_request

from mnistkit.core.models import run_folder
from mnistkit.data.holdout import hold_out, share_held_out
from mnistkit.data.loading import load_split
from mnistkit.ensembles import ensemble
from mnistkit.ensembles.members import held_out_by_all, read_members
from mnistkit.errors import UsageError, VerificationError
from mnistkit.fetching.store import Store
from mnistkit.training import setup
from mnistkit.training import train as training
from mnistkit.training.settings import training_record
from mnistkit.tuning.search import Search
from mnistkit.tuning.search import begin as begin_search

PARTS = {"train": slice(80), "val": slice(80, 110), "test": slice(110, 140)}


def write(path, sample, **changes):
    """Arrays with validation images, and what is changed of them."""
    arrays = {}
    for name, part in (PARTS | changes).items():
        if part is not None:
            arrays[f"x_{name}"] = sample.images[part]
            arrays[f"y_{name}"] = sample.class_indices[part]
    np.savez(path, **arrays)
    return f"npz:{path}"


@pytest.fixture(scope="module")
def dataset(sample, tmp_path_factory):
    return write(tmp_path_factory.mktemp("own") / "own.npz", sample)


def ask(dataset, output=None, **changes):
    asked = {"epochs": 1, "batch_size": 40, "export": False, "dataset": dataset}
    return make_request(output=output, **(asked | changes))


@pytest.fixture(scope="module")
def trained(dataset, listener, tmp_path_factory):
    """Runs that learned all the training images, and some of them by another seed."""
    folder = tmp_path_factory.mktemp("runs")
    for name, changes in {"first": {}, "second": {"seed": 1, "limit": 60}}.items():
        training.begin(ask(dataset, folder / name, **changes), Store(), listener)
    return folder


def test_no_training_image_is_held_out(dataset, sample):
    train = load_split(dataset, "train", Store())
    assert share_held_out(train, None) is None
    parts = hold_out(train, None, None, seed=3)
    assert len(parts.train) == 80
    np.testing.assert_array_equal(parts.validation.images, sample.images[PARTS["val"]])
    some = hold_out(train, 20, None, seed=3)
    assert (len(some.train), len(some.validation)) == (20, 30)


def prepare(request):
    with ExitStack() as claims:
        return setup.prepare(request, Store(), claims)


def test_a_share_beside_them_is_refused(dataset, tmp_path):
    for share in (0.2, 0.0):
        with pytest.raises(UsageError, match=f"30 validation images, received {share:g}"):
            prepare(ask(dataset, tmp_path / "run", validation=share))
    assert not (tmp_path / "run").exists()


def test_without_them_a_tenth_is_held_out(sample):
    assert share_held_out(sample, None) == 0.1
    assert share_held_out(sample, 0.3) == 0.3


def test_the_run_records_that_they_validated(trained, dataset):
    record = json.loads((trained / "first" / "run.json").read_text())
    assert record["settings"]["validation"] is None
    assert record["dataset"]["training_images"] == 80
    assert record["dataset"]["validation_images"] == 30
    assert record["metrics"]["validation"]["count"] == 30
    assert record["dataset"]["sha256"] == load_split(dataset, "train", Store()).checksum()
    assert (
        "--validation" not in training_record(run_folder.read(trained / "first")).settings.command()
    )


def test_a_run_goes_on_with_the_same_ones_alone(sample, tmp_path, listener):
    dataset = write(tmp_path / "own.npz", sample)
    run = training.begin(ask(dataset, tmp_path / "run"), Store(), listener).path
    resumed = training.resume(run, 2, Store(), listener)
    assert len(resumed.record.history) == 2
    for other in (slice(80, 109), None):
        write(tmp_path / "own.npz", sample, val=other)
        with pytest.raises(VerificationError, match=r"expected .* as it was when"):
            training.resume(run, 3, Store(), listener)


def test_a_run_that_held_out_a_share_does_not_go_on_with_them(sample, tmp_path, listener):
    dataset = write(tmp_path / "own.npz", sample, val=None)
    run = training.begin(ask(dataset, tmp_path / "run"), Store(), listener).path
    write(tmp_path / "own.npz", sample)
    with pytest.raises(VerificationError, match=r"expected .* as it was when"):
        training.resume(run, 2, Store(), listener)


def test_they_validate_an_ensemble_however_its_members_were_seeded(trained, dataset):
    members = read_members([str(trained / name) for name in ("first", "second")])
    held_out = held_out_by_all(members, load_split(dataset, "train", Store()))
    assert len(held_out) == 30
    asked = ensemble.EnsembleRequest(
        tuple(member.name for member in members), output=trained / "both", export=False
    )
    record = ensemble.make(asked, Store(), lambda _stage: None).record.to_json()
    assert record["metrics"]["validation"]["count"] == 30


def test_members_that_held_out_nothing_have_no_images_in_common(sample, tmp_path, listener):
    dataset = write(tmp_path / "own.npz", sample, val=None)
    for seed in (0, 1):
        asked = ask(dataset, tmp_path / str(seed), validation=0.0, seed=seed)
        training.begin(asked, Store(), listener)
    members = read_members([str(tmp_path / "0"), str(tmp_path / "1")])
    assert held_out_by_all(members, load_split(dataset, "train", Store())) is None


def test_a_training_that_goes_on_has_not_learned_them(trained, dataset, tmp_path, caplog):
    asked = ask(dataset, tmp_path / "run", init=str(trained / "first"), seed=5)
    run = prepare(asked).run
    assert run.record.validation_learned is False
    assert "may have learned" not in caplog.text


def test_a_training_that_goes_on_may_have_learned_what_was_no_validation_image_before(
    sample, tmp_path, listener
):
    dataset = write(tmp_path / "own.npz", sample, train=slice(110), val=None)
    first = training.begin(ask(dataset, tmp_path / "first"), Store(), listener).path
    write(tmp_path / "own.npz", sample)
    asked = ask(dataset, tmp_path / "run", init=str(first))
    assert prepare(asked).run.record.validation_learned is True


def test_trials_are_compared_by_them(dataset, tmp_path):
    pytest.importorskip("optuna", reason="pip install '.[tune]'")
    asked = ask(dataset, batch_size=None)
    tuning = begin_search(Search(asked, 1, pruner="none", folder=tmp_path / "a"), Store())
    settings = tuning.trainer.settings({})
    assert settings.validation is None
    assert "--validation" not in settings.command()
    with pytest.raises(UsageError, match="leave it out"):
        begin_search(
            Search(replace(asked, validation=0.2), 1, folder=tmp_path / "b"),
            Store(),
        )
