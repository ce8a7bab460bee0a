"""Telling a trial whose worker is gone from one that takes long.

Optuna has heartbeats for relational databases only, and compares the clocks of machines by them.
Here every worker counts up an attribute of the trial it runs, and looks at those of the
others: one that stands still over several looks is given up. Nothing but the looks is counted, so
neither clocks that differ nor a machine that slept take a living worker for a dead one.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Event, Thread
from types import TracebackType
from typing import Any, Self

from optuna.exceptions import UpdateFinishedTrialError
from optuna.trial import FrozenTrial, Trial, TrialState

from mnistkit.errors import StudyError
from mnistkit.tuning.storage import reaching
from mnistkit.tuning.study import Study

logger = logging.getLogger(__name__)

HEARTBEAT = "heartbeat"
LOST = "lost: its worker fell silent"


@dataclass(frozen=True)
class Pulse:
    """How often hearts beat.

    Args:
        seconds: Between two beats, and two looks.
        looks: How many of them a heart may stand still.
    """

    seconds: float = 10.0
    looks: int = 6


class Heart:
    """Beats for the trial this process runs, and gives up those whose hearts stand still.

    Args:
        study: The study.
        url: Its storage's, for messages.
        pulse: How often.
        tell_lost: Called with the number of a trial that was given up, in the heart's thread.
    """

    def __init__(
        self, study: Study, url: str, pulse: Pulse, tell_lost: Callable[[int], None]
    ) -> None:
        self._study = study
        self._url = url
        self._pulse = pulse
        self._tell_lost = tell_lost
        self._trial: Trial | None = None
        self._beats = 0
        self._seen: dict[int, tuple[Any, int]] = {}
        self._stop = Event()
        self._thread = Thread(target=self._beat_and_look, name="heart", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join()

    def beat_for(self, trial: Trial) -> None:
        """Begin to beat for a trial, at once."""
        self._trial = trial
        self._beat()

    def rest(self) -> None:
        """The trial has ended."""
        self._trial = None

    def _beat_and_look(self) -> None:
        while not self._stop.wait(self._pulse.seconds):
            try:
                with reaching(self._url):
                    self._beat()
                    self._look()
            except StudyError as error:
                # The storage may be back before the others have looked often enough.
                logger.debug("no heartbeat: %s", error)

    def _beat(self) -> None:
        trial = self._trial
        if trial is None:
            return
        self._beats += 1
        try:
            trial.set_user_attr(HEARTBEAT, self._beats)
        except UpdateFinishedTrialError:
            # It has ended in this moment, or was given up, which its worker is told next.
            self._trial = None

    def _look(self) -> None:
        own = self._trial.number if self._trial else None
        running = self._study.trials(TrialState.RUNNING)
        self._seen = {trial.number: self._count(trial) for trial in running if trial.number != own}
        for number, (_, stood_still) in self._seen.items():
            if stood_still >= self._pulse.looks:
                self._give_up(number)

    def _count(self, trial: FrozenTrial) -> tuple[Any, int]:
        """The trial's heartbeat, and over how many looks it has been that."""
        heartbeat = trial.user_attrs.get(HEARTBEAT)
        before, stood_still = self._seen.get(trial.number, (None, -1))
        return heartbeat, stood_still + 1 if heartbeat == before else 0

    def _give_up(self, number: int) -> None:
        try:
            self._study.fail(number, LOST)
        except UpdateFinishedTrialError:
            # Another worker did so, or it has ended after all.
            return
        self._tell_lost(number)
