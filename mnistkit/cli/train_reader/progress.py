"""Progress of a page reader's training on stderr: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rich.progress import Progress, TimeRemainingColumn

from mnistkit.cli import output
from mnistkit.cli.progress import make_bars, print_above

if TYPE_CHECKING:
    # OpenCV, which this brings, would slow the start of the command.
    from mnistkit.reading.learning.record import Row

STEPS_BEFORE_FIRST_LINE = 10
STEPS_BETWEEN_LINES = 50


@contextmanager
def reader_progress() -> Iterator[ReaderProgress]:
    """Yield the display of a training, shown during the block."""
    with make_bars(TimeRemainingColumn(compact=True)) as bars:
        yield ReaderProgress(bars)


class ReaderProgress:
    """Shows the steps, and a line for each measurement and each stage; see `Listener`."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        # A bar without a total pulses: it shows that a stage of unknown length is under way.
        self._pulse = bars.add_task("", total=None, figures="", visible=False)
        self._bar = bars.add_task("", figures="", visible=False)
        self._steps = 0
        self._first: int | None = None
        self._began = 0.0

    def begin(self, folder: Path, done: int, steps: int) -> None:
        """Print the folder and the steps to learn."""
        self._steps = steps
        left = f", steps {done + 1:,} to {steps:,}" if done < steps else ""
        print_above(self._bars, f"training in {folder}{left}")

    def step(self, done: int, losses: Mapping[str, float]) -> None:
        """Move the bar, or print a line now and then."""
        if self._first is None:
            # The first step takes much longer than the others.
            self._first, self._began = done, time.monotonic()
            self._bars.update(self._pulse, visible=False)
            self._bars.reset(self._bar, total=self._steps, completed=done, visible=True)
        elif self._bars.disable:
            self._print(done, done - self._first, losses)
        speed = self._bars.tasks[self._bar].speed
        pace = f"{1 / speed:.2f} s a step  " if speed else ""
        self._bars.update(
            self._bar,
            description=f"step {done:,}/{self._steps:,}",
            completed=done,
            figures=f"{pace}loss {losses['loss']:.3f}",
        )

    def _print(self, done: int, timed: int, losses: Mapping[str, float]) -> None:
        """Print the line of a step, if it is one that has a line; `timed` steps were timed."""
        if timed != STEPS_BEFORE_FIRST_LINE and done % STEPS_BETWEEN_LINES:
            return
        each = (time.monotonic() - self._began) / timed
        left = each * (self._steps - done) / 60
        parts = ", ".join(f"{name} {loss:.3f}" for name, loss in losses.items())
        output.note(f"step {done:,}/{self._steps:,}  {each:.2f} s, {left:,.0f} min left  {parts}")

    def row(self, row: Row) -> None:
        """Print what was measured."""
        measured = ((name, value) for name, value in row.measures.items() if value is not None)
        measures = ", ".join(f"{name} {value:.4f}" for name, value in measured)
        print_above(self._bars, f"step {row.step:,}: {measures}")

    def stage(self, name: str) -> None:
        """Print the name of a stage, and show that it is under way."""
        self._bars.update(self._bar, visible=False)
        print_above(self._bars, name)
        self._bars.update(self._pulse, visible=True)
