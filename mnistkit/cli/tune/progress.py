"""Progress of a search on stderr: a line per begun and ended trial; on a terminal, a bar."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from mnistkit.cli import output

if TYPE_CHECKING:
    # These import Optuna.
    from optuna.trial import FrozenTrial

    from mnistkit.tuning.space import Parameters
    from mnistkit.tuning.study import Study


@contextmanager
def tuning_progress(epochs: int) -> Iterator[TuningProgress]:
    """Show the progress of a search during a block; `epochs` is the length of a whole trial."""
    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[figures]}", markup=False),
        TimeElapsedColumn(),
        console=output.console(sys.stderr),
        transient=True,
        disable=not output.may_animate(),
    )
    with bars:
        yield TuningProgress(bars, epochs)


class TuningProgress:
    """Shows the trials of this process and the study's best trial; see `Watcher`."""

    def __init__(self, bars: Progress, epochs: int) -> None:
        self._progress = bars
        self._task = bars.add_task("", total=epochs, figures="", visible=False)

    def joined(self, study: Study, total: int) -> None:
        """Print how many trials of the study are finished."""
        finished = f"{study.finished()} of {total} trials finished"
        self._above(f"study {study.name}: {finished}{_best(study.best())}")

    def began(self, number: int, parameters: Parameters) -> None:
        """Print a trial's parameters."""
        self._above(f"trial {number}: {', '.join(f'{k} {v}' for k, v in parameters.items())}")
        self._progress.reset(self._task, description=f"trial {number}", figures="", visible=True)

    def epoch(self, number: int, epoch: int, accuracy: float) -> None:
        """Move the bar."""
        figures = f"epoch {epoch}, validation {accuracy:.2%}"
        self._progress.update(
            self._task, description=f"trial {number}", completed=epoch, figures=figures
        )

    def ended(self, number: int, how: str, best: FrozenTrial | None) -> None:
        """Print how a trial ended."""
        self._progress.update(self._task, visible=False)
        self._above(f"trial {number}: {how}{_best(best)}")

    def _above(self, text: str) -> None:
        """Print a line, above the bar if there is one."""
        if self._progress.disable:
            output.note(text)
        else:
            output.above(self._progress.console, text)


def _best(trial: FrozenTrial | None) -> str:
    return f"; best {trial.value:.2%}, trial {trial.number}" if trial else ""
