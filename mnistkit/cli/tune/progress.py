"""Progress of a search: a line per begun and ended trial; on a terminal, a bar of all trials."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from mnistkit.cli import output
from mnistkit.cli.progress.stage import Stage

if TYPE_CHECKING:
    # These import Optuna.
    from optuna.trial import FrozenTrial

    from mnistkit.cli.progress.display import Display
    from mnistkit.tuning.space import Parameters
    from mnistkit.tuning.study import Study


class TuningProgress:
    """Shows the trials of this process and the study's best trial; see `Watcher`."""

    def __init__(self, display: Display, epochs: int) -> None:
        self._display = display
        self._epochs = epochs
        self._study: Study | None = None
        self._total, self._finished = 0, 0

    def joined(self, study: Study, total: int) -> None:
        """Print how many trials of the study are finished."""
        self._study, self._total, self._finished = study, total, study.finished()
        finished = f"{self._finished} of {total} trials finished"
        output.note(f"study {study.name}: {finished}{_best(study.best())}")
        stage = Stage("trials", total, done=self._finished, window=math.inf)
        self._display.show(stage)

    def began(self, number: int, parameters: Parameters) -> None:
        """Print a trial's parameters."""
        chosen = ", ".join(f"{name} {value}" for name, value in parameters.items())
        output.note(f"trial {number}: {chosen}")
        self._display.reach(self._finished, f"trial {number}")

    def epoch(self, number: int, epoch: int, accuracy: float) -> None:
        """Move the bar."""
        detail = f"trial {number}, epoch {epoch}: {accuracy:.2%}"
        self._display.reach(self._finished + epoch / (self._epochs + 1), detail)

    def ended(self, number: int, how: str, best: FrozenTrial | None) -> None:
        """Print how a trial ended."""
        output.note(f"trial {number}: {how}{_best(best)}")
        if self._study is not None:
            # Other processes may have finished some, too.
            self._finished = self._study.finished()
        self._display.reach(self._finished)
        if self._finished >= self._total:
            self._display.stage("writing the results")


def _best(trial: FrozenTrial | None) -> str:
    return f"; best {trial.value:.2%}, trial {trial.number}" if trial else ""
