"""What the terminal of a command can show."""

from __future__ import annotations

import logging
import os
import sys

from mnistkit.cli import output

# Terminals of these names take no control sequences.
MOTIONLESS = frozenset(("dumb", "unknown"))


def may_animate() -> bool:
    """Return whether to show progress: stderr is a terminal that can move, and not --quiet."""
    moves = os.environ.get("TERM") not in MOTIONLESS
    return moves and sys.stderr.isatty() and output.logger.isEnabledFor(logging.INFO)


def has_shades() -> bool:
    """Return whether stdout is a terminal of 256 colours or more, and may show them."""
    if not sys.stdout.isatty() or sys.stdout.encoding.lower() != "utf-8":
        return False
    screen = output.console(sys.stdout)
    return not screen.no_color and screen.color_system in {"256", "truecolor"}


def has_blocks() -> bool:
    """Return whether stdout, a terminal, shows block characters of all heights."""
    plain = os.environ.get("TERM") in {*MOTIONLESS, "linux"}
    return not plain and sys.stdout.encoding.lower() == "utf-8"
