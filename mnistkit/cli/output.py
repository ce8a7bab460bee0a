"""All that is printed: results on stdout, everything else through logging on stderr.

rich is imported by the functions that draw with it, so that a pipe never waits for it.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TextIO

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

logger = logging.getLogger("mnistkit")


UNBOUNDED = 10_000

# A name's tabs and line ends would be taken for the format's; the rest could drive a terminal.
CONTROLS = [*range(32), *range(127, 160)]
ESCAPES = {code: repr(chr(code))[1:-1] for code in CONTROLS}


def escaped(text: str) -> str:
    """A text in one line that can't drive a terminal."""
    return text.translate(ESCAPES)


class StderrHandler(logging.Handler):
    """Prints `mnistkit: warning: ...`; information stands alone."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record on what stderr is now."""
        level = "" if record.levelno == logging.INFO else f"mnistkit: {record.levelname.lower()}: "
        # A traceback has its lines; a message is one.
        text = self.format(record)
        aside(f"{level}{text if record.exc_info else escaped(text)}")


def set_verbosity(level: int) -> None:
    """Say what reaches stderr: `logging.ERROR` for --quiet, `DEBUG` for --debug, else `INFO`.

    Other packages' log records are shown when debugging only.
    """
    root = logging.getLogger()
    for logging_place in (root, logger):
        for handler in list(logging_place.handlers):
            if isinstance(handler, StderrHandler | logging.NullHandler):
                logging_place.removeHandler(handler)
    logger.setLevel(level)
    logger.propagate = level == logging.DEBUG
    if level == logging.DEBUG:
        root.addHandler(StderrHandler())
        root.setLevel(logging.INFO)
    else:
        logger.addHandler(StderrHandler())
        # With a handler of its own, the root does not fall back to printing warnings.
        root.addHandler(logging.NullHandler())


def error(message: str) -> None:
    """Print one line on stderr, with the traceback when debugging."""
    debugging = logger.isEnabledFor(logging.DEBUG)
    logger.error("%s", " ".join(message.split()), exc_info=debugging)


def failure(message: str) -> None:
    """Print one line on stderr about an input that could not be read; the rest goes on."""
    logger.error("%s", " ".join(message.split()))


def note(message: str) -> None:
    """Print one line on stderr, unless --quiet."""
    logger.info("%s", message)


def aside(text: str) -> None:
    """Print one line on stderr as it is, as long as somebody reads it."""
    try:
        print(text, file=sys.stderr)
    except OSError:
        _abandon(sys.stderr)


def warning(message: str) -> None:
    """Print one line on stderr that says what to be careful about, unless --quiet."""
    logger.warning("%s", " ".join(message.split()))


def may_animate() -> bool:
    """Whether progress bars are welcome: stderr is a terminal, and not --quiet."""
    return sys.stderr.isatty() and logger.isEnabledFor(logging.INFO)


def line(text: str) -> None:
    """Print one line of a result, which a pipe sees with others or after `flush`."""
    print(text)


def flush() -> None:
    """Let a reader of stdout see all that was printed."""
    sys.stdout.flush()


def settle() -> OSError | None:
    """Show what was printed; where that fails it goes nowhere.

    Returns:
        Why it failed; None where nobody wants to read it.
    """
    try:
        flush()
    except OSError as error:
        _abandon(sys.stdout)
        return None if isinstance(error, BrokenPipeError) else error
    return None


class Printer:
    """Prints results of a command that may write files, too.

    Args:
        outlives: Whether the command goes on where it can't print.
    """

    def __init__(self, *, outlives: bool) -> None:
        self._outlives = outlives
        self._unshown: OSError | None = None

    def line(self, text: str) -> None:
        """As `line`."""
        with self._outliving():
            line(text)

    def flush(self) -> None:
        """As `flush`."""
        with self._outliving():
            flush()

    def end(self) -> None:
        """Raise why something could not be printed."""
        if self._unshown is not None:
            raise self._unshown

    @contextmanager
    def _outliving(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if not self._outlives:
                raise
            self._unshown = error


def _abandon(stream: TextIO) -> None:
    """Let what is still buffered go nowhere, or Python complains of it at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def document(value: Any) -> None:
    """Print one JSON document, indented."""
    line(to_json(value, indent=2))


def to_json(value: Any, indent: int | None = None) -> str:
    """Return JSON in ASCII, which every locale can print; NaN and infinity become null."""
    try:
        return json.dumps(value, indent=indent, allow_nan=False)
    except ValueError:
        from mnistkit.core.files import finite

        return json.dumps(finite(value), indent=indent, allow_nan=False)


def table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1, *, dense: bool = False
) -> None:
    """Print a table; the columns after the first `words` hold numbers, set to the right.

    One with many columns is `dense`, so that 80 characters hold them. Where a terminal is too
    narrow the columns stand closer, or else the words are wrapped; nothing is cut off.
    """
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    drawn = Table(box=SIMPLE_HEAD, show_edge=False, collapse_padding=dense)
    for position, column in enumerate(columns):
        if position < words:
            drawn.add_column(column, overflow="fold")
        else:
            drawn.add_column(column, justify="right", no_wrap=True)
    for row in rows:
        drawn.add_row(*row)
    # What reads a pipe has no width; nothing is cut off for it.
    width = None if sys.stdout.isatty() else UNBOUNDED
    console = Console(file=sys.stdout, highlight=False, markup=False, width=width)
    usual = drawn.padding
    for padding in (usual, 0, usual):
        drawn.padding = padding
        if _width(drawn, console) <= console.width:
            break
    # Where nobody reads what rich prints, it ends the process.
    with console.capture() as captured:
        console.print(drawn)
    line(captured.get().removesuffix("\n"))


def _width(drawn: Table, console: Console) -> int:
    """How many columns a table takes with every cell in one line."""
    options = console.options.update(max_width=UNBOUNDED)
    return console.measure(drawn, options=options).maximum
