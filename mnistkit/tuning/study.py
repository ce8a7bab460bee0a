"""One study in its storage, shared by every process that works on it."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import optuna
from optuna.exceptions import ExperimentalWarning
from optuna.pruners import BasePruner, HyperbandPruner, NopPruner, SuccessiveHalvingPruner
from optuna.samplers import BaseSampler, PartialFixedSampler, TPESampler
from optuna.storages import BaseStorage
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, Trial, TrialState

from mnistkit.errors import StudyError, UsageError
from mnistkit.tuning.space import Space

FINISHED = (TrialState.COMPLETE, TrialState.PRUNED)

StudySettings = Mapping[str, Any]

SETTINGS = "settings"
FAILURE = "failure"
WORKER = "worker"

LOST = "lost: its worker sent no heartbeat"
"""The failure of a trial whose worker was killed."""

REDUCTION = 3
"""One of three trials continues after a rung; each rung has three times the epochs."""


def failure(trial: FrozenTrial) -> str | None:
    """Return why a trial failed; None if it did not."""
    return trial.user_attrs.get(FAILURE, LOST) if trial.state == TrialState.FAIL else None


def best_of(trials: Iterable[FrozenTrial]) -> FrozenTrial | None:
    """Return the best complete trial, the first of equal ones; None if there is none."""
    complete = [trial for trial in trials if trial.state == TrialState.COMPLETE]
    return max(complete, key=lambda trial: (trial.value, -trial.number), default=None)


@dataclass(frozen=True)
class Study:
    """A study in its storage.

    Args:
        inner: Optuna's study.
        url: URL of its storage, for messages.
        space: The search space.
        seed: Seed of the parameters.
    """

    inner: optuna.Study
    url: str
    space: Space
    seed: int

    @property
    def name(self) -> str:
        """The study's name in its storage."""
        return self.inner.study_name

    def trials(self, *states: TrialState) -> list[FrozenTrial]:
        """Return the trials in these states, in the order of their numbers."""
        return self.inner.get_trials(deepcopy=False, states=states or None)

    def finished(self) -> int:
        """Return the number of trials with a result, pruned ones included."""
        return len(self.trials(*FINISHED))

    def best(self) -> FrozenTrial | None:
        """Return the best trial so far, if there is one."""
        return best_of(self.trials())

    def draw(self, trial: Trial) -> dict[str, Any]:
        """Return the parameters of a trial.

        They depend on the trial's number, so that workers with the same seed differ and an
        interrupted study continues as it would have. A retried trial keeps its parameters.
        """
        drawn = np.random.SeedSequence([self.seed, trial.number]).generate_state(1)[0]
        sampler: BaseSampler = TPESampler(seed=int(drawn))
        if trial.number == 0:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ExperimentalWarning)
                sampler = PartialFixedSampler(dict(self.space.first), sampler)
        self.inner.sampler = sampler
        return self.space.draw(trial)


def open_study(
    storage: BaseStorage, url: str, name: str, space: Space, settings: StudySettings
) -> Study:
    """Return the study of a name, created if it does not exist.

    Args:
        storage: The storage, opened.
        url: Its URL.
        name: The study's name.
        space: The search space.
        settings: All settings that must be equal for trials to be comparable, as plain JSON
            values, with `epochs`, `pruner` and `seed`.

    Raises:
        UsageError: The study has other settings.
        StudyError: Another program created it, or the storage fails.
    """
    settings = {**settings, "space": space.to_json()}
    inner = optuna.create_study(
        storage=storage,
        study_name=name,
        direction=StudyDirection.MAXIMIZE,
        pruner=make_pruner(settings["pruner"], settings["epochs"]),
        load_if_exists=True,
    )
    # Trials are read before the settings, which each worker records before its first trial.
    is_new = not inner.get_trials(deepcopy=False) and SETTINGS not in inner.user_attrs
    if is_new and inner.directions == [StudyDirection.MAXIMIZE]:
        inner.set_user_attr(SETTINGS, settings)
    _check_same(inner, settings)
    return Study(inner, url, space, settings["seed"])


def make_pruner(name: str, epochs: int) -> BasePruner:
    """Return Optuna's pruner of a name.

    Args:
        name: `asha`, `hyperband` or `none`.
        epochs: Epochs of a trial that is not pruned.

    Reference:
        L. Li et al.: A system for massively parallel hyperparameter tuning. MLSys 2020 (ASHA).
        L. Li et al.: Hyperband. JMLR 18, 2018.
    """
    if name == "none":
        return NopPruner()
    # The accuracy after a ninth of the epochs already predicts the final one.
    first_rung = max(1, epochs // REDUCTION**2)
    if name == "hyperband":
        return HyperbandPruner(
            min_resource=first_rung, max_resource=epochs, reduction_factor=REDUCTION
        )
    return SuccessiveHalvingPruner(min_resource=first_rung, reduction_factor=REDUCTION)


def _check_same(inner: optuna.Study, asked: StudySettings) -> None:
    recorded = inner.user_attrs.get(SETTINGS)
    if recorded is None:
        raise StudyError(
            f"expected a study of `mnistkit tune`, received {inner.study_name!r}, which another "
            "program created; choose another --study"
        )
    for key in asked:
        if recorded.get(key) != asked[key]:
            raise UsageError(
                f"expected {key} {recorded.get(key)}, as study {inner.study_name!r} has, received "
                f"{asked[key]}; repeat the study's first command, or choose another --study"
            )
