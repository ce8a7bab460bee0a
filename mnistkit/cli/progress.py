"""Progress on stderr: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
    track,
)

from mnistkit.cli import output
from mnistkit.cli.escaping import escaped
from mnistkit.core.models.record import Epoch
from mnistkit.fetching.download import Parts
from mnistkit.training import epochs

Item = TypeVar("Item")


def downloaded(chunks: Parts, total: int | None, name: str) -> Parts:
    """Yield the parts of a file, and show their bytes in a bar."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=output.console(sys.stderr)) as bars:
        task = bars.add_task(escaped(name), total=total)
        for chunk in chunks:
            yield chunk
            bars.update(task, advance=len(chunk))


def counted(items: Iterable[Item], total: int, description: str) -> Iterator[Item]:
    """Yield the items, and show their number in a bar on a terminal."""
    yield from track(
        items,
        description,
        total,
        console=output.console(sys.stderr),
        transient=True,
        disable=not output.may_animate(),
    )


@contextmanager
def training_progress() -> Iterator[TrainingProgress]:
    """Show a training as long as the block runs."""
    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[figures]}", markup=False),
        TimeRemainingColumn(compact=True),
        console=output.console(sys.stderr),
        transient=True,
        disable=not output.may_animate(),
    )
    with bars:
        yield TrainingProgress(bars)


class TrainingProgress:
    """Shows a bar for the current epoch on a terminal, and a line for each finished one."""

    def __init__(self, bars: Progress) -> None:
        self._progress = bars
        self._task = self._progress.add_task("", figures="", visible=False)
        self._last_epoch = 0

    def begin(self, run: Path, first_epoch: int, last_epoch: int) -> None:
        """Print the run folder and the epochs to train."""
        self._last_epoch = last_epoch
        left = f", epochs {first_epoch} to {last_epoch}" if first_epoch <= last_epoch else ""
        self._above(f"training in {run}{left}")

    def batch(self, epoch: int, progress: epochs.EpochProgress) -> None:
        """Move the bar."""
        task = self._progress.tasks[0]
        if progress.images <= task.completed or not task.visible:
            self._progress.reset(self._task, total=progress.total, visible=True)
        rate = f"{task.speed:,.0f} images/s" if task.speed else ""
        self._progress.update(
            self._task,
            description=f"epoch {epoch}/{self._last_epoch}",
            completed=progress.images,
            figures=f"{rate}  loss {progress.loss:.4f}  accuracy {progress.accuracy:.2%}",
        )

    def epoch(self, row: Epoch) -> None:
        """Print the line of an epoch."""
        text = (
            f"epoch {row.epoch}/{self._last_epoch}  {row.seconds:.1f} s  "
            f"accuracy {row.accuracy:.2%}, loss {row.loss:.4f}"
        )
        if row.validation_accuracy is not None:
            text += f"  validation {row.validation_accuracy:.2%}, {row.validation_loss:.4f}"
        self._above(text)

    def stage(self, name: str) -> None:
        """Print the name of a stage after the last epoch."""
        self._progress.update(self._task, visible=False)
        self._above(name)

    def _above(self, text: str) -> None:
        """Print a line; above the bar, where there is one."""
        if self._progress.disable:
            output.note(text)
        else:
            output.above(self._progress.console, text)
