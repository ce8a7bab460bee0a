"""What the tests of searching share: a small study, and a watcher that keeps what it is told."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution
from optuna.trial import TrialState

from mnistkit.tuning.space import Space
from mnistkit.tuning.storage import open_storage
from mnistkit.tuning.study import FAILURE, open_study

EPOCHS = 3
FIRST = {"learning_rate": 1e-3, "batch_size": 32}


@dataclass
class Notes:
    """A watcher that keeps what it is told."""

    began_with: dict = field(default_factory=dict)
    how: dict = field(default_factory=dict)

    def joined(self, study, total):
        pass

    def began(self, number, parameters):
        self.began_with[number] = dict(parameters)

    def epoch(self, number, epoch, accuracy):
        pass

    def ended(self, number, how, _best):
        self.how[number] = how


@pytest.fixture
def notes():
    return Notes()


@pytest.fixture
def space():
    distributions = {
        "learning_rate": FloatDistribution(1e-4, 1e-1, log=True),
        "batch_size": CategoricalDistribution([32, 64]),
    }
    return Space(distributions, FIRST)


@pytest.fixture
def journal(tmp_path):
    return tmp_path / "journal.log"


@pytest.fixture
def url(journal):
    return f"journal:{journal}"


@pytest.fixture
def join(url, space):
    """Open the study as another worker does."""

    def open_it(pruner="none", **settings):
        settings = {"epochs": EPOCHS, "pruner": pruner, "seed": 0} | settings
        return open_study(open_storage(url), url, "small", space, settings)

    return open_it


@pytest.fixture
def study(join):
    return join()


@pytest.fixture
def end_trial():
    """Make a trial of a study that has ended with a value, or failed for a reason."""

    def end_it(study, value=None, *, reason="", state=TrialState.COMPLETE):
        trial = study.inner.ask()
        study.draw(trial)
        if value is not None:
            trial.report(value, 1)
        if reason:
            trial.set_user_attr(FAILURE, reason)
        state = state if value is not None else TrialState.FAIL
        study.inner.tell(trial, value if state == TrialState.COMPLETE else None, state)
        return trial

    return end_it
