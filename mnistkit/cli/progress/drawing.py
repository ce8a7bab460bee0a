"""Drawing a stage as a line with a bar. Imported only once a line is shown, because of rich."""

from __future__ import annotations

from time import monotonic
from typing import TextIO

from rich.cells import cell_len, set_cell_size
from rich.progress_bar import ProgressBar
from rich.text import Text

from mnistkit.cli import output, wrapping
from mnistkit.cli.escaping import escaped
from mnistkit.cli.progress.stage import Stage

# Columns. A longer line is harder to read.
WIDEST_LINE = 100
WIDEST_BAR, NARROWEST_BAR = 20, 6
# What remains of a long name.
SHORTEST_NAME = 16
CUT = "..."


class Pen:
    """Draws lines for a terminal."""

    def __init__(self, terminal: TextIO) -> None:
        self._console = output.console(terminal)
        self._terminal = terminal

    def line(self, stage: Stage) -> str:
        """Return a stage as a line that is narrower than the terminal."""
        # In the last column the cursor would stand in the next line.
        width = min(wrapping.width_of(self._terminal.fileno()), WIDEST_LINE) - 1
        figures = stage.figures(monotonic())
        room = max(width - cell_len(figures) - NARROWEST_BAR - 2, SHORTEST_NAME)
        name = _cut(escaped(stage.name), room)
        bar = min(width - cell_len(name) - cell_len(figures) - 2, WIDEST_BAR)
        if bar < NARROWEST_BAR:
            return _cut(f"{name} {figures}", width)
        return f"{name} {self._bar(stage, bar)} {figures}"

    def _bar(self, stage: Stage, width: int) -> str:
        """Return a bar, one that moves to and fro for an unknown total."""
        bar = ProgressBar(stage.total or None, stage.done, width, animation_time=monotonic())
        with self._console.capture() as captured:
            self._console.print(bar, end="")
        drawn = captured.get()
        # Without colours, what is left to do is not drawn.
        return drawn + " " * (width - Text.from_ansi(drawn).cell_len)


def _cut(text: str, width: int) -> str:
    """Return a text, without its end if it is wider."""
    if cell_len(text) <= width:
        return text
    return set_cell_size(text, width - len(CUT)) + CUT
