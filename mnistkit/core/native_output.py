"""What native code prints, which Python's own streams don't see."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any


@contextmanager
def stderr_into(file: IO[Any]) -> Iterator[int]:
    """Send what is written to file descriptor 2 into a file; yield the descriptor it had."""
    sys.stderr.flush()
    terminal = os.dup(2)
    os.dup2(file.fileno(), 2)
    try:
        yield terminal
    finally:
        sys.stderr.flush()
        os.dup2(terminal, 2)
        os.close(terminal)
