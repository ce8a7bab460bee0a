"""One process's share of a study: it takes a place, runs the trial, and takes the next."""

from __future__ import annotations

import logging
import math
import os
import platform
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Protocol

from optuna.exceptions import TrialPruned, UpdateFinishedTrialError
from optuna.trial import Trial, TrialState

from mnistkit.errors import InterruptedRunError, MnistkitError, StudyError
from mnistkit.tuning.heartbeat import Heart, Pulse
from mnistkit.tuning.space import Parameters
from mnistkit.tuning.storage import reaching
from mnistkit.tuning.study import Best, Study

logger = logging.getLogger(__name__)

SAME_FAILURES = 5
"""After so many trials in a row that fail alike, something else is wrong."""

MAX_REASON = 300
"""Characters; TensorFlow can tell long stories."""

Report = Callable[[int, float], None]
"""Told the epoch, counted from 1, and its validation accuracy; raises to end the trial."""

Objective = Callable[[Parameters, Report], float]
"""Trains with these parameters; returns the validation accuracy after the last epoch."""


class Watcher(Protocol):
    """Is told how a study goes."""

    def joined(self, study: Study, total: int) -> None:
        """This process begins to work on a study that is to have so many trials."""

    def began(self, number: int, parameters: Parameters) -> None:
        """This process runs a trial."""

    def epoch(self, number: int, epoch: int, accuracy: float) -> None:
        """An epoch of it has been learned."""

    def ended(self, number: int, how: str, best: Best | None) -> None:
        """It has ended; `how` is one line's worth of words, `best` the study's until now."""

    def lost(self, number: int) -> None:
        """Another worker's trial was given up."""

    def waiting(self, running: int) -> None:
        """All places are taken, and others run so many trials still."""


@dataclass(frozen=True)
class Plan:
    """What a worker is to do.

    Args:
        total: How many trials the study is to have, those of all its workers.
        epochs: How many a trial learns.
        url: The storage's, for messages.
        timeout: After how many seconds this worker begins no trial, None for never.
        pulse: How often hearts beat.
    """

    total: int
    epochs: int
    url: str
    timeout: float | None = None
    pulse: Pulse = field(default_factory=Pulse)


def work(study: Study, objective: Objective, plan: Plan, watcher: Watcher) -> None:
    """Run trials until the study has all of its own, or the time is up.

    Raises:
        InterruptedRunError: Ctrl-C; the trial under way has failed.
        StudyError: The storage fails, or trials fail one after the other in the same way.
    """
    try:
        with Heart(study, plan.url, plan.pulse, watcher.lost) as heart:
            _Worker(study, objective, plan, watcher, heart).work()
    except (KeyboardInterrupt, InterruptedRunError) as error:
        with reaching(plan.url):
            finished = len(study.finished())
        raise InterruptedRunError(
            f"interrupted with {finished} of {plan.total} trials finished; the same command goes on"
        ) from error


@dataclass
class _Worker:
    study: Study
    objective: Objective
    plan: Plan
    watcher: Watcher
    heart: Heart
    failures: list[str] = field(default_factory=list)

    def work(self) -> None:
        """Run trials until all are finished, or the time is up."""
        with reaching(self.plan.url):
            self.watcher.joined(self.study, self.plan.total)
        until = time.monotonic() + (self.plan.timeout or math.inf)
        told = False
        while time.monotonic() < until:
            with reaching(self.plan.url):
                if len(self.study.finished()) >= self.plan.total:
                    return
                trial = self.study.claim(self.plan.total, f"{platform.node()}:{os.getpid()}")
            if trial is not None:
                self.run(trial)
                told = False
                continue
            if not told:
                self.watcher.waiting(len(self.study.trials(TrialState.RUNNING)))
                told = True
            time.sleep(self.plan.pulse.seconds / 5)

    def run(self, trial: Trial) -> None:
        """Run one trial to whatever end it has."""
        try:
            how = self._run(trial)
        except UpdateFinishedTrialError:
            how = "given up by another worker, as this one gave no sign of life"
        except (KeyboardInterrupt, InterruptedRunError):
            # It may have ended in this very moment.
            with suppress(UpdateFinishedTrialError), reaching(self.plan.url):
                self.study.fail(trial.number, "interrupted")
            raise
        finally:
            self.heart.rest()
        with reaching(self.plan.url):
            best = self.study.best()
        self.watcher.ended(trial.number, how, best)
        if self.failures[-SAME_FAILURES:] == [how] * SAME_FAILURES:
            raise StudyError(
                f"{SAME_FAILURES} trials in a row {how}; fix that and repeat the command, which "
                "continues the study"
            )

    def _run(self, trial: Trial) -> str:
        """Run it, record its end, and say in words what that is."""
        began = time.monotonic()
        with reaching(self.plan.url):
            parameters = self.study.draw(trial)
            self.heart.beat_for(trial)
        self.watcher.began(trial.number, parameters)
        reported = _Reported(trial, self.plan, self.watcher)
        try:
            value = self.objective(parameters, reported)
        except TrialPruned:
            return self._end(trial.number, TrialState.PRUNED, reported.accuracy, reported.words)
        except (StudyError, UpdateFinishedTrialError, InterruptedRunError):
            raise
        # Whatever a training ends with, out of memory among it, is an answer about its parameters.
        except Exception as error:
            logger.debug("trial %d", trial.number, exc_info=True)
            return self._fail(trial.number, f"failed: {_in_one_line(error)}")
        words = f"{value:.2%} in {time.monotonic() - began:.1f} s"
        return self._end(trial.number, TrialState.COMPLETE, value, words)

    def _end(self, number: int, state: TrialState, value: float, how: str) -> str:
        with reaching(self.plan.url):
            self.study.end(number, state, value)
        self.failures.clear()
        return how

    def _fail(self, number: int, how: str) -> str:
        with reaching(self.plan.url):
            self.study.fail(number, how)
        self.failures.append(how)
        return how


@dataclass
class _Reported:
    """Hands a trial's epochs on, and ends it where it promises little."""

    trial: Trial
    plan: Plan
    watcher: Watcher
    accuracy: float = math.nan
    words: str = ""

    def __call__(self, epoch: int, accuracy: float) -> None:
        self.accuracy = accuracy
        self.words = f"pruned at epoch {epoch} of {self.plan.epochs}, {accuracy:.2%}"
        with reaching(self.plan.url):
            self.trial.report(accuracy, epoch)
            hopeless = epoch < self.plan.epochs and self.trial.should_prune()
        self.watcher.epoch(self.trial.number, epoch, accuracy)
        if hopeless:
            raise TrialPruned


def _in_one_line(error: Exception) -> str:
    """An error of mnistkit's as it is, of another's the kind and its first line."""
    if isinstance(error, MnistkitError):
        return " ".join(str(error).split())
    first, *_ = str(error).strip().splitlines() or [""]
    return f"{type(error).__name__}: {first}"[:MAX_REASON]
