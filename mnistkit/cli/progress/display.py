"""One line of progress at the bottom of a terminal, below all that is printed meanwhile."""

from __future__ import annotations

import os
import sys
import threading
from contextlib import suppress
from types import TracebackType
from typing import Any, Self, TextIO, cast

from mnistkit.cli import output, terminal
from mnistkit.cli.progress.stage import Stage
from mnistkit.errors import MnistkitError

# Seconds before the first drawing, and between two.
DELAY, INTERVAL = 1.0, 0.2
ERASE, ERASE_REST = "\r\x1b[K", "\x1b[K"


class Display:
    """Shows how far a command is, once it has taken a second; nothing without a terminal.

    A thread draws, so that telling costs next to nothing and the time goes on in a long step. The
    cursor is never hidden: whatever ends the process, the terminal stays usable.
    """

    def __init__(self) -> None:
        self.animated = terminal.may_animate()
        self._stage: Stage | None = None
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._drawn = ""

    def __enter__(self) -> Self:
        if self.animated:
            # A duplicate, since file descriptor 2 is sent aside while TensorFlow is imported.
            self._terminal = _duplicate(sys.stderr)
            self._streams = tuple(
                _Above(stream, self) if _same_terminal(stream, self._terminal) else stream
                for stream in (sys.stdout, sys.stderr)
            )
            sys.stdout, sys.stderr = cast("tuple[TextIO, TextIO]", self._streams)
            threading.Thread(target=self._keep_drawn, daemon=True).start()
        return self

    def __exit__(
        self,
        _kind: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        if not self.animated:
            return
        self._ended.set()
        with self._lock, suppress(OSError):
            self._draw("")
            self._terminal.close()
        sys.stdout, sys.stderr = (
            each.end() if isinstance(each, _Above) else each for each in self._streams
        )

    def stage(self, name: str, total: float | None = None, unit: str = "") -> None:
        """Show another stage from now on; see `Progress`."""
        self._stage = Stage(name, total, unit)

    def show(self, stage: Stage | None) -> Stage | None:
        """Show this stage from now on, or none, and return the one that was shown."""
        before, self._stage = self._stage, stage
        return before

    def announce(self, name: str) -> None:
        """Print the name of a stage, in a pipe too, and show that it is under way."""
        output.note(name)
        self.stage(name)

    def advance(self, count: float = 1) -> None:
        """As much more of the stage is done."""
        if self._stage is not None:
            self._stage.done += count

    def reach(self, done: float, detail: str = "") -> None:
        """So much of the stage is done; `detail` is told beside it."""
        if self._stage is not None:
            self._stage.done, self._stage.detail = done, detail

    def above(self, stream: TextIO, text: str) -> None:
        """Write whole lines to the terminal, above what is drawn."""
        with self._lock:
            # At once, so that nothing flickers.
            stream.write(f"{ERASE}{text}{self._drawn}" if self._drawn else text)
            stream.flush()

    def _keep_drawn(self) -> None:
        if self._ended.wait(DELAY):
            return
        from mnistkit.cli.progress.drawing import Pen

        pen = Pen(self._terminal)
        # A terminal may be closed, by its user or at the end.
        with suppress(OSError, ValueError):
            while not self._ended.wait(INTERVAL):
                stage = self._stage
                line = "" if stage is None else pen.line(stage)
                if stage is not None:
                    _find_total(stage)
                with self._lock:
                    if not self._ended.is_set():
                        self._draw(line)

    def _draw(self, line: str) -> None:
        if line != self._drawn:
            # Over the last one, so that nothing flickers.
            self._terminal.write(f"\r{line}{ERASE_REST}")
            self._terminal.flush()
            self._drawn = line


def _duplicate(stream: TextIO) -> TextIO:
    """Return another stream to the same terminal."""
    return os.fdopen(os.dup(stream.fileno()), "w", encoding=stream.encoding, errors="replace")


def _find_total(stage: Stage) -> None:
    """Find the total of a stage that is shown, beside its work."""
    find, stage.find_total = stage.find_total, None
    if find is None:
        return

    def run() -> None:
        # What can't be counted is shown without a total; the work itself meets the error, too.
        with suppress(OSError, MnistkitError):
            stage.total = find()

    threading.Thread(target=run, daemon=True).start()


class _Above:
    """A stream to a terminal whose lines are written above what a display draws."""

    def __init__(self, stream: TextIO, display: Display) -> None:
        self._stream = stream
        self._display = display
        self._begun = ""

    def write(self, text: str) -> int:
        """Write the lines that are whole, and keep what follows until its end."""
        lines, end, rest = text.rpartition("\n")
        if end:
            begun, self._begun = self._begun, rest
            self._display.above(self._stream, f"{begun}{lines}\n")
        else:
            self._begun += rest
        return len(text)

    def end(self) -> TextIO:
        """Write what was kept, and return the stream."""
        self._stream.write(self._begun)
        return self._stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)


def _same_terminal(stream: TextIO, terminal: TextIO) -> bool:
    """Return whether a stream is written to this terminal."""
    try:
        devices = [os.fstat(each.fileno()).st_rdev for each in (stream, terminal)]
        return stream.isatty() and devices[0] == devices[1]
    except (OSError, ValueError):
        return False
