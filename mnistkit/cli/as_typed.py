"""The command line as the user typed it, for the records of what it makes."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from typing import Any

KEY = __name__


def keep(ctx: Any, words: Sequence[str]) -> None:
    """Keep the words behind the program's name for all contexts of the call."""
    ctx.meta[KEY] = tuple(words)


def command_line(ctx: Any) -> str:
    """Return the command line as a shell takes it; bytes that are no text are escaped."""
    typed = shlex.join(["mnistkit", *ctx.meta[KEY]])
    return typed.encode("utf-8", "backslashreplace").decode("utf-8")
