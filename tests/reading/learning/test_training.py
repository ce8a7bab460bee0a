"""Learning a few steps of simple crops: it helps, it resumes to the bit, and it is exported."""

from __future__ import annotations

import math
import multiprocessing
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
import onnx
import pytest
from made_crops import make, prepare

from mnistkit.core.models.onnx_file import open_file
from mnistkit.core.models.reader_card import ReaderCard, ReaderSettings
from mnistkit.errors import DivergedError, MnistkitError, ModelError, VerificationError
from mnistkit.reading.detection import decode, padded
from mnistkit.reading.learning import training
from mnistkit.reading.learning.batches import Plan, made_batches, make_batch
from mnistkit.reading.learning.export import export_reader
from mnistkit.reading.learning.learner import (
    Learner,
    answering,
    begin_with,
    new_learner,
    restore,
)
from mnistkit.reading.learning.proof import prove
from mnistkit.reading.learning.record import Row
from mnistkit.reading.learning.training import Training, learn
from mnistkit.reading.reader import open_reader

pytestmark = pytest.mark.thorough

PLAN = Plan(seed=5, batch_size=2, side=96)
STEPS, HALF = 16, 6


class Silent:
    """A listener that keeps what it is told."""

    def __init__(self):
        self.losses, self.rows = [], []

    def begin(self, *_):
        pass

    def step(self, _, losses):
        self.losses.append(losses["loss"])

    def row(self, row):
        self.rows.append(row)

    def stage(self, name):
        pass


def batches(first):
    step = first
    while True:
        yield make_batch(make, PLAN, step)
        step += 1


def trained(path, learner, stop=STEPS):
    told = Silent()
    validation = [make(np.random.default_rng(99), 96)]
    learn(Training(learner, path, stop, validation), batches(learner.steps_done), told)
    return told


@dataclass
class Whole:
    """A learner that learned all steps, the losses, and the files of its states."""

    learner: Learner
    losses: list[float]
    rows: list[Row]
    half: Path
    end: Path


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A training that nothing interrupted; its state after some steps is kept, too."""
    folder = tmp_path_factory.mktemp("whole")
    learner = new_learner(seed=5, steps=STEPS, learning_rate=5e-3)
    first = trained(folder / "half.npz", learner, stop=HALF)
    second = trained(folder / "end.npz", learner)
    losses, rows = first.losses + second.losses, first.rows + second.rows
    return Whole(learner, losses, rows, folder / "half.npz", folder / "end.npz")


def test_learning_lowers_the_loss(whole):
    losses = whole.losses

    assert len(losses) == STEPS
    assert np.mean(losses[-3:]) < 0.6 * np.mean(losses[:3])
    assert whole.rows[-1].step == STEPS


@pytest.mark.slow
def test_an_interrupted_training_resumes_to_the_same_bits(whole, tmp_path):
    second = new_learner(seed=5, steps=STEPS, learning_rate=5e-3)
    restore(second, whole.half)
    assert second.steps_done == HALF
    trained(tmp_path / "state.npz", second)

    for one, other in zip(whole.learner.model.variables, second.model.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_a_training_begins_with_the_weights_of_another_and_counts_anew(whole):
    learner = new_learner(seed=6, steps=STEPS, learning_rate=5e-3)

    begin_with(learner, whole.end)

    assert learner.steps_done == 0
    for one, other in zip(whole.learner.model.variables, learner.model.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(one), np.asarray(other))


def test_a_damaged_state_is_told_in_one_line(whole, tmp_path):
    path = tmp_path / "state.npz"
    path.write_bytes(b"PK\x03\x04 nothing")

    with pytest.raises(ModelError, match="expected the state of a training"):
        restore(whole.learner, path)


def test_a_loss_that_is_no_number_ends_the_training(whole, tmp_path):
    learner = replace(whole.learner, step=lambda _: {"loss": math.nan})

    with pytest.raises(DivergedError, match="expected a loss, received nan"):
        trained(tmp_path / "state.npz", learner, stop=STEPS + 1)
    assert not (tmp_path / "state.npz").exists()


def test_the_state_is_saved_now_and_then_and_kept_where_the_training_fails(
    whole, tmp_path, monkeypatch
):
    monkeypatch.setattr(training, "SECONDS_BETWEEN_SAVES", -1)
    losses = iter([{"loss": 0.5}, {"loss": math.nan}])
    learner = replace(whole.learner, step=lambda _: next(losses))

    with pytest.raises(DivergedError):
        trained(tmp_path / "state.npz", learner, stop=STEPS + 2)

    restored = new_learner(seed=6, steps=STEPS, learning_rate=5e-3)
    restore(restored, tmp_path / "state.npz")
    assert restored.steps_done == STEPS


def test_ctrl_c_saves_the_state(whole, tmp_path):
    def interrupted():
        yield make_batch(make, PLAN, 0)
        raise KeyboardInterrupt

    learner = replace(whole.learner, step=lambda _: {"loss": 0.5})
    with pytest.raises(KeyboardInterrupt):
        learn(Training(learner, tmp_path / "x.npz", STEPS + 9, []), interrupted(), Silent())
    assert (tmp_path / "x.npz").read_bytes() == whole.end.read_bytes()


def test_the_exported_reader_equals_the_keras_model_on_pages_of_two_sizes(whole, tmp_path):
    settings = ReaderSettings(STEPS, 5, 2, 96, 5e-3, None, "mnist", "0" * 64, ())
    card = ReaderCard("0.1.0", "mnistkit train-reader", settings, {}, {"crops": {"read": 0.5}})
    sources = [np.random.default_rng(seed) for seed in range(4)]
    pages = [
        make(source, side).grey for source, side in zip(sources, (96, 96, 150, 150), strict=True)
    ]
    pages += [pages[0][:70, :90]]

    proof = export_reader(whole.learner.model, card, tmp_path / "reader.onnx", pages)

    assert proof.passed
    assert proof.pages == len(pages)
    reader = open_reader(tmp_path / "reader.onnx", threads=1)
    assert reader.card == card
    answer = answering(whole.learner.model)(padded(pages[2]))
    expected, received = decode(answer, 0.05), reader.look(pages[2], 0.05)
    np.testing.assert_allclose(received.boxes, expected.boxes, atol=1e-2)
    assert (tmp_path / "reader.onnx").stat().st_size < 3_000_000
    graph = onnx.load(tmp_path / "reader.onnx").graph
    shape = [side.dim_param for side in graph.input[0].type.tensor_type.shape.dim]
    assert shape == ["batch", "height", "width"]
    with pytest.raises(ModelError, match="expected a classifier, received a page reader"):
        open_file(tmp_path / "reader.onnx")

    # What is not equal is told, by how much.
    weights = whole.learner.model.trainable_variables[0]
    before = np.array(weights)
    weights.assign(before + 0.5)
    with pytest.raises(VerificationError, match="expected the exported reader to differ by at"):
        prove(whole.learner.model, reader, pages[:1])
    weights.assign(before)


def test_crops_do_not_depend_on_how_many_processes_make_them():
    with made_batches(prepare, PLAN, first=3, workers=2) as made:
        received = list(islice(made, 3))

    for step, batch in enumerate(received, start=3):
        expected = make_batch(make, PLAN, step)
        np.testing.assert_array_equal(batch.pages, expected.pages)
        np.testing.assert_array_equal(batch.targets.boxes, expected.targets.boxes)


def test_the_end_of_a_process_that_makes_crops_is_told():
    with made_batches(prepare, PLAN, first=0, workers=1) as made:
        next(made)
        (maker,) = multiprocessing.active_children()
        maker.kill()
        # One more may be in the pipe.
        with pytest.raises(MnistkitError, match="the process that makes them, received its end"):
            list(islice(made, 2))
