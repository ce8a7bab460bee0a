"""The trials of one process: Optuna asks for one after the other, and this runs them."""

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
"""After so many trials in a row with the same failure, the cause is not their parameters."""

MAX_REASON = 300
"""Characters; TensorFlow's messages can be long."""

Objective = Callable[[Parameters, ReportEpoch], float]
"""Trains with these parameters; returns the validation accuracy after the last epoch."""


class Watcher(Protocol):
    """Is told how a study goes."""

    def joined(self, study: Study, total: int) -> None:
        """This process begins to work on a study that is to have so many trials."""

    def began(self, number: int, parameters: Parameters) -> None:
        """This process begins a trial."""

    def epoch(self, number: int, epoch: int, accuracy: float) -> None:
        """The trial has learned an epoch."""

    def ended(self, number: int, how: str, best: FrozenTrial | None) -> None:
        """The trial has ended; `how` says so in one line, `best` is the study's best so far."""


class TrialLostError(BaseException):
    """Another worker has ended the trial; no `Exception`, so that Optuna does not end it again."""


@dataclass
class Runner:
    """Runs the trials of one process.

    Args:
        study: The study.
        objective: Trains and measures.
        epochs: How many a whole trial learns.
        watcher: Is told how it goes.
    """

    study: Study
    objective: Objective
    epochs: int
    watcher: Watcher
    failures: list[str] = field(default_factory=list)

    def run(self, trial: Trial) -> float:
        """Return a trial's validation accuracy; this is what Optuna calls the objective.

        Raises:
            TrialPruned: The trial promises little.
            TrialLostError: Another worker took this one for dead.
            Exception: Anything else a training ends with; the trial has the reason.
        """
        try:
            return self._run(trial)
        except UpdateFinishedTrialError as error:
            raise TrialLostError(trial.number) from error

    def end(self, _study: optuna.Study, trial: FrozenTrial) -> None:
        """Tell how a trial ended; Optuna calls it after each.

        Raises:
            StudyError: The last trials have all failed in the same way.
        """
        how = _outcome(trial, self.epochs)
        self.watcher.ended(trial.number, how, self.study.best())
        self.failures = [*self.failures, how] if trial.state == TrialState.FAIL else []
        if self.failures[-SAME_FAILURES:] == [how] * SAME_FAILURES:
            raise StudyError(
                f"expected trials that train, received {SAME_FAILURES} in a row that {how}; "
                "mend that and repeat the command, which goes on"
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

    Optuna counts the trials with a result after each one, so that several workers may end up
    with more than the total: one more for each of them but the first.

    Args:
        runner: Runs the trials of this process.
        total: How many trials the study is to have, those of all its workers.
        timeout: After how many seconds this process begins no trial, None for never.

    Raises:
        InterruptedRunError: Ctrl-C; the trial under way has failed.
        StudyError: The storage fails, or trials fail in a row in the same way.
    """
    study = runner.study
    try:
        with reaching(study.url):
            runner.watcher.joined(study, total)
            if study.finished() < total:
                study.inner.optimize(
                    runner.run,
                    timeout=timeout,
                    # Out of memory, too, says something of the parameters.
                    catch=Exception,
                    callbacks=[runner.end, MaxTrialsCallback(total, FINISHED)],
                )
    except KeyboardInterrupt as error:
        with reaching(study.url):
            finished = study.finished()
        raise InterruptedRunError(
            f"interrupted with {finished} of {total} trials finished; the same command goes on"
        ) from error
    except TrialLostError as error:
        raise StudyError(
            f"expected trial {error} to be this process's, received one that another worker ended, "
            "as this one gave no sign of life; repeat the command, which goes on"
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
    """Return why a trial failed, in one line; of others' errors their type and first line."""
    if isinstance(error, KeyboardInterrupt):
        return "interrupted"
    if isinstance(error, MnistkitError):
        return f"failed: {' '.join(str(error).split())}"
    first, *_ = str(error).strip().splitlines() or [""]
    return f"failed: {type(error).__name__}: {first}"[:MAX_REASON]
