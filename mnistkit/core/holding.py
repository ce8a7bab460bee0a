"""Files that one process holds, and what killed processes left behind.

A process holds a file by a lock of the kernel, which ends with the process however it ends. So a
temporary file that nobody holds was left by a process that was killed.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

PREFIX = ".mnistkit-"
"""Of every file that is not meant to stay; no file of a user's is called so."""

TEMPORARY = f"{PREFIX}tmp-"
POLL_SECONDS = 0.05


@contextmanager
def temporary_file(folder: Path, suffix: str) -> Iterator[Path]:
    """Make an empty file in a folder that is there; it is gone when the block ends.

    The name is random, so that machines that share a folder never choose the same one. It keeps
    the suffix, which Keras, for one, goes by.
    """
    path, descriptor = _new(folder, suffix)
    try:
        yield path
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(descriptor)


def hold(path: Path, wait: float = 0.0) -> int | None:
    """Make a file where there is none, and hold it.

    Args:
        path: The file.
        wait: How many seconds another process may still hold it.

    Returns:
        What `release` takes; None where another process holds it.
    """
    until = time.monotonic() + wait
    while True:
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)
        except FileNotFoundError:
            if path.parent.is_dir():
                raise
            # It was removed in between.
            continue
        held = _try_to_hold(descriptor)
        if held and _is_at(descriptor, path):
            return descriptor
        os.close(descriptor)
        if not held:
            if time.monotonic() >= until:
                return None
            time.sleep(POLL_SECONDS)


def release(path: Path, descriptor: int) -> None:
    """Delete a file that is held, and give it back."""
    # Deleted first: who opened it before finds that it is no longer there, and begins again.
    with suppress(OSError):
        if _is_at(descriptor, path):
            path.unlink()
    os.close(descriptor)


def is_passing(path: Path) -> bool:
    """Whether a file's name is of those that are not meant to stay."""
    return path.name.startswith(PREFIX)


def clear_leftovers(folder: Path | None) -> None:
    """Delete the temporary files of killed processes in a folder, if there is one."""
    for path in folder.glob(f"{TEMPORARY}*") if folder else ():
        # What can't be deleted stays.
        with suppress(OSError):
            _delete_unless_held(path)


def _new(folder: Path, suffix: str) -> tuple[Path, int]:
    while True:
        path = folder / f"{TEMPORARY}{secrets.token_hex(8)}{suffix}"
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        # Another process may have taken it for a leftover before it was held.
        if _try_to_hold(descriptor) and _is_at(descriptor, path):
            return path, descriptor
        os.close(descriptor)


def _try_to_hold(descriptor: int) -> bool:
    """Whether this process holds the file now; it does where files can't be locked."""
    from filelock import lock_descriptor

    try:
        return lock_descriptor(descriptor, blocking=False)
    except OSError:
        # Some network file systems have no locks, and are still to be written to.
        return True


def _is_at(descriptor: int, path: Path) -> bool:
    """Whether an open file is the one of this path, which may be gone or another by now."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _delete_unless_held(path: Path) -> None:
    from filelock import lock_descriptor

    descriptor = os.open(path, os.O_RDWR | os.O_NOFOLLOW)
    try:
        if lock_descriptor(descriptor, blocking=False):
            path.unlink()
    finally:
        os.close(descriptor)
