"""A page reader's training in a folder: where it goes on, and from what it begins."""

from __future__ import annotations

import shutil

import pytest

from mnistkit.core.files import sha256
from mnistkit.errors import InterruptedRunError
from mnistkit.fetching.store import Store
from mnistkit.reading.learning.folder import STATE_FILE, find_folder
from mnistkit.reading.learning.learner import new_learner, save
from mnistkit.reading.learning.settings import Request
from mnistkit.reading.learning.train import train_reader

pytestmark = [pytest.mark.thorough, pytest.mark.usefixtures("offline")]


class ReachedError(Exception):
    """What a test waited for; the rest of the training takes long."""


class Watching:
    """A listener that ends the training at a stage, or at its begin."""

    def __init__(self, until):
        self.until, self.done = until, None

    def begin(self, _folder, done, _steps):
        self.done = done
        self.reach("begin")

    def stage(self, name):
        self.reach(name.split()[0])

    def step(self, *_):
        pytest.fail("a step was done before Ctrl-C")

    row = step

    def reach(self, name):
        if name == self.until:
            raise ReachedError


def watch(request, until):
    listener = Watching(until)
    with pytest.raises(ReachedError):
        train_reader(request, Store(), listener)
    return listener


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    """The state of a training whose two steps are done."""
    path = tmp_path_factory.mktemp("state") / STATE_FILE
    learner = new_learner(seed=0, steps=2, learning_rate=2e-3)
    learner.optimizer.iterations.assign(2)
    save(learner, path)
    return path


def test_a_training_whose_steps_are_done_goes_on_with_its_export(state, tmp_path):
    request = Request(tmp_path / "run", steps=2, batch_size=1, pages=1)
    assert watch(request, "begin").done == 0
    shutil.copy(state, request.output)
    assert watch(request, "measuring").done == 2


def test_a_training_begins_with_the_weights_of_another(state, tmp_path):
    request = Request(tmp_path / "run", steps=3, batch_size=1, init=state.parent)
    assert watch(request, "begin").done == 0
    recorded = find_folder(request.output).record.settings
    assert recorded.init_sha256 == sha256(state)


def test_ctrl_c_says_how_to_go_on(tmp_path, monkeypatch):
    def interrupted(*_):
        raise KeyboardInterrupt

    request = Request(tmp_path / "run", steps=2, batch_size=1)
    monkeypatch.setattr("mnistkit.reading.learning.train.learn", interrupted)
    with pytest.raises(InterruptedRunError, match="after 0 of 2 steps; give the same command"):
        train_reader(request, Store(), Watching(None))
    assert watch(request, "begin").done == 0
