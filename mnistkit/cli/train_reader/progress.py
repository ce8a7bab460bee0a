"""Progress of a page reader's training on stderr: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from mnistkit.cli import output
from mnistkit.cli.progress.stage import Stage

if TYPE_CHECKING:
    from mnistkit.cli.progress.display import Display

    # OpenCV, which this brings, would slow the start of the command.
    from mnistkit.reading.learning.record import Row

STEPS_BEFORE_FIRST_LINE = 10
STEPS_BETWEEN_LINES = 50


class ReaderProgress:
    """Shows the steps, and a line for each measurement and each stage; see `Listener`."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._steps = 0
        self._first: int | None = None
        self._began = 0.0

    def begin(self, folder: Path, done: int, steps: int) -> None:
        """Print the folder and the steps to learn."""
        self._steps = steps
        left = f", steps {done + 1:,} to {steps:,}" if done < steps else ""
        output.note(f"training in {folder}{left}")
        self._display.stage("preparing")

    def step(self, done: int, losses: Mapping[str, float]) -> None:
        """Move the bar, or print a line now and then."""
        if self._first is None:
            # The first step takes much longer than the others.
            self._first, self._began = done, time.monotonic()
            self._display.show(Stage("training", self._steps, "steps", done))
        elif not self._display.animated:
            self._print(done, done - self._first, losses)
        self._display.reach(done, f"loss {losses['loss']:.3f}")

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
        output.note(f"step {row.step:,}: {measures}")

    def stage(self, name: str) -> None:
        """Print the name of a stage, and show that it is under way."""
        self._display.announce(name)
