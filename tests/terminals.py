"""What a command shows on a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import termios
import unicodedata

CONTROL = re.compile(r"\r|\n|\x1b\[K|\x1b\[[\d;]*m")


def on_terminal(command, environment, folder=None, columns=80):
    """Run a command on a terminal of so many columns; return the bytes it shows."""
    terminal, inside = pty.openpty()
    fcntl.ioctl(inside, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdin=inside,
        stdout=inside,
        stderr=inside,
    ):
        os.close(inside)
        shown = b""
        try:
            while piece := os.read(terminal, 65536):
                shown += piece
        except OSError:
            # So Linux tells that nobody can write any more.
            pass
    os.close(terminal)
    return shown


def screen_of(shown, columns=80):
    """The lines that stand on a terminal at the end, scrolled ones among them.

    Knows the ends of lines, colours and what erases the rest of a line.
    """
    rows, row, column = [""], 0, 0
    position = 0
    while position < len(shown):
        control = CONTROL.match(shown, position)
        if control is None:
            character = shown[position]
            position += 1
            assert character.isprintable(), f"unknown control {character!r}"
            width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
            if column + width > columns:
                row, column = row + 1, 0
                rows[row:row] = [""] * (row == len(rows))
            # The second half of a wide character is an empty one.
            cells = f"{character}{(width - 1) * chr(0)}"
            line = rows[row].ljust(column)
            rows[row] = line[:column] + cells + line[column + width :]
            column += width
            continue
        position = control.end()
        if control[0] == "\r":
            column = 0
        elif control[0] == "\n":
            row += 1
            rows[row:row] = [""] * (row == len(rows))
        elif control[0].endswith("K"):
            rows[row] = rows[row][:column]
    return [line.replace(chr(0), "").rstrip() for line in rows[: -1 if not rows[-1] else None]]
