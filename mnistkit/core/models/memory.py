"""Keeping the peak of a process's memory low."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress


def give_back() -> None:
    """Return what has been freed to the system, where the C library can.

    TensorFlow and tf2onnx leave some 200 MB of it behind.
    """
    gc.collect()
    # Only glibc has it; elsewhere there is nothing to do.
    with suppress(AttributeError, OSError, TypeError):
        ctypes.CDLL(None).malloc_trim(0)
