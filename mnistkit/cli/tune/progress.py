"""Progress of a search on stderr: a line per begun and ended trial; on a terminal, a bar."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import Progress, TimeElapsedColumn

from mnistkit.cli.progress import make_bars, print_above

if TYPE_CHECKING:
    # These import Optuna.
    from optuna.trial import FrozenTrial

    from mnistkit.tuning.space import Parameters
    from mnistkit.tuning.study import Study


@contextmanager
def tuning_progress(epochs: int) -> Iterator[TuningProgress]:
    """Yield the display of a search, shown during the block; a whole trial has `epochs` epochs."""
    with make_bars(TimeElapsedColumn()) as bars:
        yield TuningProgress(bars, epochs)


class TuningProgress:
    """Shows the trials of this process and the study's best trial; see `Watcher`."""

    def __init__(self, bars: Progress, epochs: int) -> None:
        self._bars = bars
        self._task = bars.add_task("", total=epochs, figures="", visible=False)

    def joined(self, study: Study, total: int) -> None:
        """Print how many trials of the study are finished."""
        finished = f"{study.finished()} of {total} trials finished"
        print_above(self._bars, f"study {study.name}: {finished}{_best(study.best())}")

    def began(self, number: int, parameters: Parameters) -> None:
        """Print a trial's parameters."""
        chosen = ", ".join(f"{name} {value}" for name, value in parameters.items())
        print_above(self._bars, f"trial {number}: {chosen}")
        self._bars.reset(self._task, description=f"trial {number}", figures="", visible=True)

    def epoch(self, number: int, epoch: int, accuracy: float) -> None:
        """Move the bar."""
        figures = f"epoch {epoch}, validation {accuracy:.2%}"
        self._bars.update(
            self._task, description=f"trial {number}", completed=epoch, figures=figures
        )

    def ended(self, number: int, how: str, best: FrozenTrial | None) -> None:
        """Print how a trial ended."""
        self._bars.update(self._task, visible=False)
        print_above(self._bars, f"trial {number}: {how}{_best(best)}")


def _best(trial: FrozenTrial | None) -> str:
    return f"; best {trial.value:.2%}, trial {trial.number}" if trial else ""
