"""One study, as every process that works on it sees it.

A place in it is taken without any lock: a storage numbers its trials in the order in which
they were made, and FAIL is the end of a trial. So a process makes a trial first and looks then:
where as many trials of lower numbers stand that have not failed as the study is to have, it
withdraws. Of those that go on, the one with the highest number had fewer than the total below it,
and no more of them can come; so there are never more than the total, and as a trial that
failed gives its place back, there are not fewer in the end.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
from optuna.exceptions import DuplicatedStudyError, ExperimentalWarning
from optuna.pruners import BasePruner, HyperbandPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, PartialFixedSampler, TPESampler
from optuna.storages import BaseStorage
from optuna.trial import FrozenTrial, Trial, TrialState

from mnistkit.errors import StudyError, UsageError
from mnistkit.tuning.space import Parameters, Space, rounded

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)

SETTINGS = "settings"
FAILURE = "failure"
WORKER = "worker"
WITHDRAWN = "withdrawn: another worker took the last place"

REDUCTION = 3
"""Of the trials that come to a rung, one in so many goes on; each rung is so many times higher."""

FOUNDING_SECONDS = 10.0
"""How long a process waits for the settings that the one that made the study writes next."""

PRUNERS = ("asha", "hyperband", "none")


@dataclass(frozen=True)
class Best:
    """A trial, its validation accuracy, and what it tried."""

    number: int
    accuracy: float
    parameters: Parameters


@dataclass(frozen=True)
class Study:
    """A study in its storage.

    Args:
        name: In its storage.
        storage: Where it is kept.
        inner: Optuna's view of it.
        space: What is searched.
        seed: Of what the trials try.
    """

    name: str
    storage: BaseStorage
    inner: optuna.Study
    space: Space
    seed: int

    def trials(self, *states: TrialState) -> list[FrozenTrial]:
        """The trials in these states, in the order of their numbers."""
        return self.inner.get_trials(deepcopy=False, states=states or None)

    def finished(self) -> list[FrozenTrial]:
        """The trials that have a result."""
        return self.trials(*FINISHED)

    def best(self) -> Best | None:
        """The best trial that learned to its end; of equal ones the first."""
        complete = [
            (trial.value, -trial.number, trial)
            for trial in self.trials(TrialState.COMPLETE)
            if trial.value is not None
        ]
        if not complete:
            return None
        accuracy, _, trial = max(complete)
        return Best(trial.number, accuracy, rounded(trial.params))

    def claim(self, total: int, worker: str) -> Trial | None:
        """Take a place, if one is free.

        Args:
            total: How many trials the study is to have.
            worker: Who takes it.

        Returns:
            The trial, running; None where all places are taken.
        """
        if len(self.trials(TrialState.RUNNING, *FINISHED)) >= total:
            return None
        trial = self.inner.ask()
        before = [other for other in self.trials() if other.number < trial.number]
        if len([other for other in before if other.state != TrialState.FAIL]) >= total:
            self.fail(trial.number, WITHDRAWN)
            return None
        trial.set_user_attr(WORKER, worker)
        return trial

    def draw(self, trial: Trial) -> dict[str, Any]:
        """Choose what a trial tries.

        The trial's number seeds it, so that workers of one seed differ, and a study that was
        interrupted goes on as it would have.
        """
        drawn = np.random.SeedSequence([self.seed, trial.number]).generate_state(1)[0]
        sampler: BaseSampler = TPESampler(seed=int(drawn))
        if trial.number == 0:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)
                sampler = PartialFixedSampler(dict(self.space.first), sampler)
        self.inner.sampler = sampler
        return self.space.draw(trial)

    def end(self, number: int, state: TrialState, value: float) -> None:
        """End a trial with its result.

        Raises:
            UpdateFinishedTrialError: It was given up.
        """
        self.storage.set_trial_state_values(self._id(number), state, [value])

    def fail(self, number: int, reason: str) -> None:
        """End a trial without a result; its place is free again.

        Raises:
            UpdateFinishedTrialError: It has ended already.
        """
        trial = self._id(number)
        self.storage.set_trial_user_attr(trial, FAILURE, reason)
        self.storage.set_trial_state_values(trial, TrialState.FAIL)

    def _id(self, number: int) -> int:
        """What the storage calls a trial.

        Not `optuna.Study.tell`, which looks at the state in a step of its own.
        """
        study = self.storage.get_study_id_from_name(self.name)
        return self.storage.get_trial_id_from_study_id_trial_number(study, number)


@dataclass(frozen=True)
class Purpose:
    """What a study searches; every process that joins it has to mean the same.

    Args:
        settings: All that decides what a trial's value means, as plain JSON values.
        space: What is searched.
        seed: Of what the trials try.
        pruner: What ends trials that promise little.
    """

    settings: Mapping[str, Any]
    space: Space
    seed: int
    pruner: BasePruner

    def to_json(self) -> dict[str, Any]:
        """What the study records of it."""
        return {**self.settings, "seed": self.seed, "space": self.space.to_json()}


def open_study(storage: BaseStorage, name: str, purpose: Purpose) -> Study:
    """Make a study, or join the one of this name.

    Raises:
        UsageError: It searches for something else.
        StudyError: It was not made here.
    """
    try:
        inner = optuna.create_study(
            storage=storage, study_name=name, direction="maximize", pruner=purpose.pruner
        )
    except DuplicatedStudyError:
        inner = optuna.load_study(storage=storage, study_name=name, pruner=purpose.pruner)
        _check_same(name, _recorded(inner), purpose.to_json())
    else:
        # By the one that made it alone, so no two can write different ones.
        inner.set_user_attr(SETTINGS, purpose.to_json())
    return Study(name, storage, inner, purpose.space, purpose.seed)


def make_pruner(name: str, epochs: int) -> BasePruner:
    """Return the pruner of one of the `PRUNERS`, for trials of so many epochs.

    Reference:
        Li et al.: A system for massively parallel hyperparameter tuning. MLSys 2020 (ASHA).
        Li et al.: Hyperband. JMLR 18 (2018).
    """
    if name == "none":
        return NopPruner()
    # A ninth of the epochs says something of where they lead.
    first_rung = max(1, epochs // REDUCTION**2)
    if name == "hyperband":
        return HyperbandPruner(
            min_resource=first_rung, max_resource=epochs, reduction_factor=REDUCTION
        )
    return SuccessiveHalvingPruner(min_resource=first_rung, reduction_factor=REDUCTION)


def _recorded(inner: optuna.Study) -> Mapping[str, Any]:
    until = time.monotonic() + FOUNDING_SECONDS
    while SETTINGS not in inner.user_attrs:
        if time.monotonic() > until:
            raise StudyError(
                f"expected study {inner.study_name!r} to be one of `mnistkit tune`, received one "
                "that does not say what it searches; choose another --study"
            )
        time.sleep(0.1)
    settings: Mapping[str, Any] = inner.user_attrs[SETTINGS]
    return settings


def _check_same(name: str, recorded: Mapping[str, Any], asked: Mapping[str, Any]) -> None:
    for key in asked:
        if recorded.get(key) != asked[key]:
            raise UsageError(
                f"expected the {key} {recorded.get(key)} of study {name!r}, received {asked[key]}; "
                "repeat the command that began it, or choose another --study"
            )
