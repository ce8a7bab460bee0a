"""One trial: a training that is only measured."""

from __future__ import annotations

from dataclasses import replace

import pytest
from asking import make_request

from mnistkit import plugins
from mnistkit.core.models import run_folder
from mnistkit.data.loading import load_split
from mnistkit.errors import DivergedError
from mnistkit.fetching.store import Store
from mnistkit.plugin_types import Architecture
from mnistkit.training import train
from mnistkit.tuning.trial import Trainer

pytestmark = pytest.mark.thorough

SMALL = make_request(
    "tiny", "mnist-sample", limit=60, epochs=2, validation=0.5, batch_size=8, ema=0.5
)


@pytest.fixture
def trainer():
    images = load_split("mnist-sample", "train", Store())
    return Trainer(SMALL, plugins.load("architecture", "tiny", Architecture), images)


def test_a_loss_that_is_no_number_ends_the_trial(trainer):
    reported = []
    with pytest.raises(DivergedError, match="no longer a number"):
        trainer({"learning_rate": 1e30}, lambda *each: reported.append(each))
    assert reported == []


def test_it_is_measured_with_the_averages_that_its_training_keeps(trainer, listener, tmp_path):
    reported = {}
    accuracy = trainer({}, reported.__setitem__)
    run = train.begin(replace(SMALL, output=tmp_path / "run", export=False), Store(), listener)
    assert run_folder.read(run.path).record.metrics.validation.accuracy == accuracy
    assert reported == {row.epoch: row.validation_accuracy for row in run.record.history[:-1]} | {
        2: accuracy
    }
