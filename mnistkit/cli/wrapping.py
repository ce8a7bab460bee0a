"""Wrapping: results at 80 columns, on a terminal and in a pipe; messages as a terminal is wide."""

from __future__ import annotations

import os
import shlex
import shutil
import textwrap
from collections.abc import Iterable
from typing import TextIO

from mnistkit.cli.escaping import escaped

WIDTH = 80
INDENT = "  "
CONTINUED = " \\"


def message(text: str, stream: TextIO) -> list[str]:
    """Return a line, wrapped at spaces if the stream is a terminal that is too narrow for it."""
    if not stream.isatty() or len(text) <= (width := width_of(stream.fileno())):
        return [text]
    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def width_of(terminal: int) -> int:
    """Return the columns of a terminal by its file descriptor; those of COLUMNS if it is set."""
    try:
        size = os.get_terminal_size(terminal)
    except OSError:
        size = os.terminal_size((WIDTH, 0))
    return shutil.get_terminal_size(size).columns or WIDTH


def paragraph(title: str, text: str, indent: int) -> list[str]:
    """Return a title and a text, wrapped at spaces, with its lines in one column.

    No other white space ends a line, which a stranger's text may have.
    """
    margin = " " * indent
    return textwrap.wrap(
        escaped(text),
        WIDTH,
        initial_indent=f"{title:<{indent}}",
        subsequent_indent=margin,
        break_long_words=False,
        break_on_hyphens=False,
    )


def listing(title: str, items: Iterable[str], indent: int) -> list[str]:
    """Return a title and comma-separated items, wrapped between items."""
    unbroken = ", ".join(item.replace(" ", "\N{NO-BREAK SPACE}") for item in items)
    lines = paragraph(title, unbroken, indent)
    return [line.replace("\N{NO-BREAK SPACE}", " ") for line in lines]


def command(text: str) -> list[str]:
    """Return a shell command, wrapped before options if it is too long."""
    words = _groups(_words(text))
    lines = [INDENT + "".join(words[:1])]
    for word in words[1:]:
        if len(lines[-1]) + len(f" {word}{CONTINUED}") > WIDTH:
            lines[-1] += CONTINUED
            lines.append(2 * INDENT + word)
        else:
            lines[-1] += f" {word}"
    return lines


def _groups(words: Iterable[str]) -> list[str]:
    """Return the words, with each option and its value joined."""
    groups: list[str] = []
    for word in words:
        last = groups[-1] if groups else ""
        if last.startswith("--") and " " not in last and not word.startswith("--"):
            groups[-1] += f" {word}"
        else:
            groups.append(word)
    return groups


def _words(text: str) -> list[str]:
    lexer = shlex.shlex(text, posix=True, punctuation_chars=False)
    lexer.whitespace, lexer.whitespace_split, lexer.commenters = " ", True, ""
    try:
        return [shlex.quote(word) for word in lexer]
    except ValueError:
        # Not valid in a shell, but still shown.
        return text.split(" ")
