"""A disk that fills up: no file can be longer than some bytes."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

resource = pytest.importorskip("resource", reason="needs a POSIX system: it limits file sizes")


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """Let this process write no file of more than `size` bytes.

    It writes no bytecode meanwhile, since Python keeps bytecode that was cut off.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    writes_none = sys.dont_write_bytecode
    sys.dont_write_bytecode = True
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        sys.dont_write_bytecode = writes_none
