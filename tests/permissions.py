"""Folders and files that this process may not use, though it may be root's."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

# Who owns nothing, by convention.
NOBODY = 65534


@contextmanager
def reachable_folder() -> Iterator[Path]:
    """Yield a new folder that every user reaches, as those of the tests' root are not."""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextmanager
def refused(path: Path) -> Iterator[None]:
    """Take all permissions from a file or folder, and the rights of root from this process."""
    mode = path.stat().st_mode
    path.chmod(0)
    is_root = os.geteuid() == 0
    if is_root:
        os.setresuid(NOBODY, NOBODY, 0)
    try:
        yield
    finally:
        if is_root:
            os.setresuid(0, 0, 0)
        path.chmod(mode)
