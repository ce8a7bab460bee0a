"""Running the trials of one process."""

from __future__ import annotations

import os
import platform
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Protocol

import optuna
from optuna.exceptions import TrialPruned, UpdateFinishedTrialError
from optuna.study import MaxTrialsCallback
from optuna.trial import FrozenTrial, Trial, TrialState

from mnistkit.errors import InterruptedRunError, MnistkitError, StudyError
from mnistkit.tuning.space import Parameters
from mnistkit.tuning.storage import reaching
from mnistkit.tuning.study import FAILURE, FINISHED, WORKER, Study, failure
from mnistkit.tuning.trial import ReportEpoch

SAME_FAILURES = 5
"""Identical failures in a row that stop the search, since parameters are not the cause."""

MAX_REASON = 300
"""Characters of a failure's reason."""

Objective = Callable[[Parameters, ReportEpoch], float]
"""Trains with the given parameters and returns the validation accuracy after the last epoch."""


class Watcher(Protocol):
    """Receives the progress of a study."""

    def joined(self, study: Study, total: int) -> None:
        """This process begins to work on a study of `total` trials."""

    def began(self, number: int, parameters: Parameters) -> None:
        """A trial begins."""

    def epoch(self, number: int, epoch: int, accuracy: float) -> None:
        """A trial has ended an epoch, counted from 1."""

    def ended(self, number: int, how: str, best: FrozenTrial | None) -> None:
        """A trial has ended; `how` is its outcome in one line, `best` the study's best trial."""


class TrialLostError(BaseException):
    """Another worker has ended the trial. Not an `Exception`, since Optuna would end it again."""


@dataclass
class Runner:
    """Runs the trials of one process.

    Args:
        study: The study.
        objective: Trains and measures.
        epochs: Epochs of a trial that is not pruned.
        watcher: Receives the progress.
        failures: Outcomes of the last trials, as far as they failed.
    """

    study: Study
    objective: Objective
    epochs: int
    watcher: Watcher
    failures: list[str] = field(default_factory=list)

    def run(self, trial: Trial) -> float:
        """Return a trial's validation accuracy; Optuna's objective.

        Raises:
            TrialPruned: The trial is stopped early.
            TrialLostError: Another worker took this one for dead, and ended the trial.
            Exception: The training failed; the reason is recorded in the trial.
        """
        try:
            return self._run(trial)
        except UpdateFinishedTrialError as error:
            raise TrialLostError(trial.number) from error

    def end(self, _study: optuna.Study, trial: FrozenTrial) -> None:
        """Report how a trial ended; Optuna's callback.

        Raises:
            StudyError: The last trials have all failed in the same way.
        """
        how = _outcome(trial, self.epochs)
        self.watcher.ended(trial.number, how, self.study.best())
        self.failures = [*self.failures, how] if trial.state == TrialState.FAIL else []
        if self.failures[-SAME_FAILURES:] == [how] * SAME_FAILURES:
            raise StudyError(
                f"the last {SAME_FAILURES} trials {how}; fix the cause and repeat the command to "
                "continue the study"
            )

    def _run(self, trial: Trial) -> float:
        try:
            trial.set_user_attr(WORKER, f"{platform.node()}:{os.getpid()}")
            parameters = self.study.draw(trial)
            self.watcher.began(trial.number, parameters)
            return self.objective(parameters, partial(self._report, trial))
        except (TrialPruned, UpdateFinishedTrialError):
            raise
        except (Exception, KeyboardInterrupt) as error:
            trial.set_user_attr(FAILURE, _reason(error))
            raise

    def _report(self, trial: Trial, epoch: int, accuracy: float) -> None:
        trial.report(accuracy, epoch)
        self.watcher.epoch(trial.number, epoch, accuracy)
        if epoch < self.epochs and trial.should_prune():
            raise TrialPruned


def run(runner: Runner, total: int, timeout: float | None = None) -> None:
    """Run trials until the study has its total, or the time is up.

    Each worker counts the finished trials after its own, so n workers may exceed the total by up
    to n - 1 trials.

    Args:
        runner: Runs the trials of this process.
        total: Number of trials of the study, over all its workers.
        timeout: Seconds after which this process begins no trial; None for no limit.

    Raises:
        InterruptedRunError: Ctrl-C; the running trial has failed.
        StudyError: The storage fails, or trials keep failing in the same way.
    """
    study = runner.study
    try:
        with reaching(study.url):
            runner.watcher.joined(study, total)
            if study.finished() < total:
                study.inner.optimize(
                    runner.run,
                    timeout=timeout,
                    # Running out of memory, too, is an outcome of the parameters.
                    catch=Exception,
                    callbacks=[runner.end, MaxTrialsCallback(total, FINISHED)],
                )
    except KeyboardInterrupt as error:
        with reaching(study.url):
            finished = study.finished()
        raise InterruptedRunError(
            f"interrupted with {finished} of {total} trials finished; repeat the command to "
            "continue"
        ) from error
    except TrialLostError as error:
        raise StudyError(
            f"another worker ended trial {error}, because this process had sent no heartbeat; "
            "repeat the command to continue the study"
        ) from error


def _outcome(trial: FrozenTrial, epochs: int) -> str:
    """Return how a trial ended, in one line."""
    if trial.state == TrialState.COMPLETE:
        seconds = trial.duration.total_seconds() if trial.duration else 0.0
        return f"{trial.value:.2%} in {seconds:.1f} s"
    if trial.state == TrialState.PRUNED:
        return f"pruned at epoch {trial.last_step} of {epochs}, {trial.value:.2%}"
    return str(failure(trial))


def _reason(error: BaseException) -> str:
    """Return why a trial failed, in one line; for a foreign error, its type and first line."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, MnistkitError):
        return f"failed: {' '.join(str(error).split())}"
    first, *_ = str(error).strip().splitlines() or [""]
    return f"failed: {type(error).__name__}: {first}"[:MAX_REASON]
