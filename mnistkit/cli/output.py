"""Printing: results on stdout, everything else through logging on stderr.

Untrusted text is made safe:

- Lines and table cells for people go through `escaped`. Class names are printable already, since
  other model cards and datasets are refused.
- JSON is ASCII. CSV quotes its cells and keeps file names unchanged for the next program; on a
  terminal it is escaped as well. See `data`.

rich is imported only by the functions that draw with it, to keep other commands fast.
"""

from __future__ import annotations

import json
import logging
import os
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TextIO

from mnistkit.cli import wrapping
from mnistkit.cli.escaping import escaped, escaped_lines, shortened

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

logger = logging.getLogger("mnistkit")

UNBOUNDED = 10_000

# Characters; longer texts are cut in their middle.
LONGEST_MESSAGE, LONGEST_CELL = 5_000, 1_000


class StderrHandler(logging.Handler):
    """Prints log records on stderr as `mnistkit: LEVEL: ...`; information without a prefix."""

    def emit(self, record: logging.LogRecord) -> None:
        """Print one record on the current stderr."""
        level = "" if record.levelno == logging.INFO else f"mnistkit: {record.levelname.lower()}: "
        message = shortened(record.getMessage(), LONGEST_MESSAGE)
        for text in wrapping.message(escaped(f"{level}{message}"), sys.stderr):
            aside(text)
        if record.exc_info:
            traceback = logging.Formatter().formatException(record.exc_info)
            print(escaped_lines(traceback), file=sys.stderr)


def set_verbosity(level: int) -> None:
    """Set the level of messages on stderr: ERROR for --quiet, DEBUG for --debug, else INFO.

    Log records of other packages are shown for DEBUG only.
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
    """Print one error line on stderr, with the traceback for --debug."""
    debugging = logger.isEnabledFor(logging.DEBUG)
    logger.error("%s", " ".join(message.split()), exc_info=debugging)


def failure(message: str) -> None:
    """Print one error line on stderr about an input that could not be read."""
    logger.error("%s", " ".join(message.split()))


def warning(message: str) -> None:
    """Print one line of warning on stderr, unless --quiet."""
    logger.warning("%s", message)


def note(message: str) -> None:
    """Print one line on stderr, wrapped on a terminal, unless --quiet."""
    logger.info("%s", message)


def aside(text: str) -> None:
    """Print one line on stderr, even if --quiet; a closed stderr is ignored."""
    try:
        print(escaped(text), file=sys.stderr)
    except OSError:
        _abandon(sys.stderr)


def page(markdown: str) -> None:
    """Print a page of Markdown, in the user's pager on a terminal, else unchanged."""
    if not sys.stdout.isatty():
        print(markdown, end="")
        return
    from rich.markdown import Markdown

    # less: quit if the page fits on the screen, show styles, leave the page on the screen.
    os.environ.setdefault("LESS", "-FRX")
    screen = console(sys.stdout)
    with screen.pager(styles=True):
        screen.print(Markdown(markdown, hyperlinks=False))


def line(text: str) -> None:
    """Print one line of a result; a pipe may receive it only after `flush`."""
    print(escaped(text))


def data(text: str) -> None:
    """Print one line for programs unchanged; its format has made the cells safe.

    On a terminal everything but the tabs between cells is escaped.
    """
    # Asking what stdout is costs more than most of what a record takes.
    if not text.isprintable() and sys.stdout.isatty():
        text = "\t".join(map(escaped, text.split("\t")))
    print(text)


def drawing(lines: Iterable[Text]) -> None:
    """Print lines in colours as they are; whoever made them has escaped their text."""
    _print_drawn(console(sys.stdout), lines, soft_wrap=True)


def flush() -> None:
    """Flush stdout."""
    sys.stdout.flush()


def settle() -> OSError | None:
    """Flush stdout, and discard the text if that fails.

    Returns:
        The error; None if there is none or the reader has closed the pipe.
    """
    try:
        flush()
    except OSError as error:
        _abandon(sys.stdout)
        return None if isinstance(error, BrokenPipeError) else error
    return None


def _abandon(stream: TextIO) -> None:
    """Discard a stream's buffered text, for which Python would report an error at exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def document(value: Any) -> None:
    """Print one JSON document, indented."""
    print(to_json(value, indent=2))


def to_json(value: Any, indent: int | None = None) -> str:
    """Return JSON in ASCII, which every locale can print, with null for NaN and infinity."""
    try:
        return json.dumps(value, indent=indent, allow_nan=False)
    except ValueError:
        from mnistkit.core import typed_json

        return json.dumps(typed_json.to_json(value), indent=indent, allow_nan=False)


def table(
    columns: Sequence[str], rows: Iterable[Sequence[str]], words: int = 1, *, dense: bool = False
) -> None:
    """Print a table; nothing is cut off, cells are wrapped if a terminal is too narrow.

    Args:
        columns: Headings.
        rows: Cells of each row.
        words: Number of columns of text; the others have numbers, aligned right.
        dense: Whether there is less space between columns, to fit many into 80 characters.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    drawn = Table(box=SIMPLE_HEAD, show_edge=False, collapse_padding=dense)
    for position, column in enumerate(columns):
        heading = shortened(escaped_lines(column), LONGEST_CELL)
        if position < words:
            drawn.add_column(heading, overflow="fold")
        else:
            drawn.add_column(heading, justify="right", no_wrap=True)
    for row in rows:
        drawn.add_row(*map(_cell, row))
    # A pipe has no width.
    drawing = console(sys.stdout, width=None if sys.stdout.isatty() else UNBOUNDED)
    usual = drawn.padding
    for padding in (usual, 0, usual):
        drawn.padding = padding
        if _width(drawn, drawing) <= drawing.width:
            break
    _print_drawn(drawing, [drawn])


def _print_drawn(drawing: Console, parts: Iterable[Any], **how: Any) -> None:
    """Print what rich draws.

    It is captured, and rich is left nothing to flush, since it exits the process if stdout is
    closed.
    """
    flush()
    with drawing.capture() as captured:
        for part in parts:
            drawing.print(part, **how)
    for drawn in captured.get().splitlines():
        print(drawn.rstrip())


def _width(drawn: Table, drawing: Console) -> int:
    """Return the width of a table with every cell in one line, in characters."""
    options = drawing.options.update(max_width=UNBOUNDED)
    return drawing.measure(drawn, options=options).maximum


def console(stream: TextIO, width: int | None = None) -> Console:
    """Return a rich console that does not interpret text as markup or emoji."""
    from rich.console import Console

    return Console(file=stream, width=width, highlight=False, markup=False, emoji=False)


def _cell(text: str) -> str:
    return shortened(escaped(text), LONGEST_CELL)
