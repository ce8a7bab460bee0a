"""What the tests of searching share: a small study, and a watcher that keeps what it is told."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest
from optuna.distributions import CategoricalDistribution, FloatDistribution

from mnistkit.tuning.space import Space
from mnistkit.tuning.storage import open_storage
from mnistkit.tuning.study import Purpose, make_pruner, open_study

EPOCHS = 3
FIRST = {"learning_rate": 1e-3, "batch_size": 32}


@dataclass
class Notes:
    """A watcher that keeps what it is told."""

    began_with: dict = field(default_factory=dict)
    how: dict = field(default_factory=dict)
    gave_up: list = field(default_factory=list)
    waited: list = field(default_factory=list)

    def joined(self, study, total):
        pass

    def began(self, number, parameters):
        self.began_with[number] = dict(parameters)

    def epoch(self, number, epoch, accuracy):
        pass

    def ended(self, number, how, _best):
        self.how[number] = how

    def lost(self, number):
        self.gave_up.append(number)

    def waiting(self, running):
        self.waited.append(running)


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
def url(tmp_path):
    return f"journal:{tmp_path / 'journal.log'}"


@pytest.fixture
def join(url, space):
    """Open the study as another worker does."""

    def open_it(pruner="none", **settings):
        purpose = Purpose({"epochs": EPOCHS} | settings, space, 0, make_pruner(pruner, EPOCHS))
        return open_study(open_storage(url), "small", purpose)

    return open_it


@pytest.fixture
def study(join):
    return join()
