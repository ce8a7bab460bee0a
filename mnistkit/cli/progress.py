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
    ProgressColumn,
    TextColumn,
    TimeRemainingColumn,
    TransferSpeedColumn,
    track,
)

from mnistkit.cli import output, wrapping
from mnistkit.cli.escaping import escaped
from mnistkit.core.models.record import Epoch
from mnistkit.fetching.download import Parts
from mnistkit.training import epochs

Item = TypeVar("Item")


def downloaded(chunks: Parts, total: int | None, name: str) -> Parts:
    """Yield the parts of a file, and show their bytes in a bar."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(compact=True),
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


def make_bars(time: ProgressColumn) -> Progress:
    """Return a display of tasks with `figures`, as bars on a terminal and hidden elsewhere."""
    return Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        TextColumn("{task.fields[figures]}", markup=False),
        time,
        console=output.console(sys.stderr),
        transient=True,
        disable=not output.may_animate(),
    )


def print_above(bars: Progress, text: str) -> None:
    """Print a line on stderr, above the bars if they are shown."""
    if bars.disable:
        output.note(text)
        return
    for line in wrapping.message(escaped(text), sys.stderr):
        bars.console.print(line, soft_wrap=True)


@contextmanager
def training_progress() -> Iterator[TrainingProgress]:
    """Yield the display of a training, shown during the block."""
    with make_bars(TimeRemainingColumn(compact=True)) as bars:
        yield TrainingProgress(bars)


class TrainingProgress:
    """Shows a bar for the current epoch on a terminal, and a line for each finished one."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._task = bars.add_task("", figures="", visible=False)
        self._last_epoch = 0

    def begin(self, run: Path, first_epoch: int, last_epoch: int) -> None:
        """Print the run folder and the epochs to train."""
        self._last_epoch = last_epoch
        left = f", epochs {first_epoch} to {last_epoch}" if first_epoch <= last_epoch else ""
        print_above(self._bars, f"training in {run}{left}")

    def batch(self, epoch: int, progress: epochs.EpochProgress) -> None:
        """Move the bar."""
        task = self._bars.tasks[0]
        if progress.images <= task.completed or not task.visible:
            self._bars.reset(self._task, total=progress.total, visible=True)
        rate = f"{task.speed:,.0f} images/s" if task.speed else ""
        self._bars.update(
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
        print_above(self._bars, text)

    def stage(self, name: str) -> None:
        """Print the name of a stage after the last epoch."""
        self._bars.update(self._task, visible=False)
        print_above(self._bars, name)
