"""Files that one process holds, and temporary files that killed processes left behind.

A process holds a file by a lock of the kernel, which ends with the process. So a temporary file
that no process holds was left by one that was killed.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from shutil import rmtree

PREFIX = ".mnistkit-"
"""Begins the name of every temporary file and lock; no user's file is called so."""

TEMPORARY = f"{PREFIX}tmp-"
POLL_SECONDS = 0.05
# Of opening a file whose folder other processes remove in between.
MOST_RETRIES = 20


@contextmanager
def temporary_file(folder: Path, suffix: str) -> Iterator[Path]:
    """Yield a new empty file in an existing folder, and delete it at the end.

    The name is random, so that machines that share a folder never choose the same one. The suffix
    is kept, since Keras derives the format from it.
    """
    path, descriptor = _new(folder, suffix, _make_file)
    try:
        yield path
    finally:
        with suppress(OSError):
            path.unlink()
        os.close(descriptor)


@contextmanager
def temporary_folder(folder: Path) -> Iterator[Path]:
    """Yield a new empty folder in an existing folder, and delete it at the end."""
    path, descriptor = _new(folder, "", _make_folder)
    try:
        yield path
    finally:
        rmtree(path, ignore_errors=True)
        os.close(descriptor)


def hold(path: Path, wait: float = 0.0) -> int | None:
    """Hold a file, which is created if it is missing.

    Args:
        path: The file.
        wait: Seconds to wait for another process that holds it.

    Returns:
        A file descriptor for `release`; None if another process holds the file.
    """
    until = time.monotonic() + wait
    while True:
        descriptor = _open(path)
        held = _try_to_hold(descriptor)
        if held and _is_at(descriptor, path):
            return descriptor
        os.close(descriptor)
        if not held:
            if time.monotonic() >= until:
                return None
            time.sleep(POLL_SECONDS)


def can_hold(folder: Path) -> bool:
    """Return whether files in an existing folder can be held; some network file systems can't."""
    with temporary_file(folder, "") as path:
        # Another descriptor of the file that is held, if it can be.
        return _is_taken(os.open(path, os.O_RDWR), unknown=False)


def is_held(path: Path) -> bool:
    """Return whether a process holds a file; True if that can't be found out."""
    try:
        # Reading suffices, so another user's files can be asked about.
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW)
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return _is_taken(descriptor, unknown=True)


def _is_taken(descriptor: int, *, unknown: bool) -> bool:
    """Return whether a file is held through another descriptor, and close this one.

    Args:
        descriptor: Of the open file.
        unknown: What is returned where files can't be held.
    """
    from filelock import lock_descriptor

    try:
        return not lock_descriptor(descriptor, blocking=False)
    except OSError:
        return unknown
    finally:
        os.close(descriptor)


def release(path: Path, descriptor: int) -> None:
    """Delete a file that this process holds, and end the hold."""
    # Deleted first: a process that opened it earlier sees that it is gone and starts over.
    with suppress(OSError):
        if _is_at(descriptor, path):
            path.unlink()
    os.close(descriptor)


def is_passing(path: Path) -> bool:
    """Return whether a file is temporary or a lock, by its name."""
    return path.name.startswith(PREFIX)


def clear_leftovers(folder: Path | None) -> None:
    """Delete the temporary files and folders of killed processes in a folder, if there is one."""
    for path in folder.glob(f"{TEMPORARY}*") if folder else ():
        with suppress(OSError):
            _delete_unless_held(path)


def _new(folder: Path, suffix: str, make: Callable[[Path], int]) -> tuple[Path, int]:
    """Return the path of a new temporary file or folder, and the descriptor that holds it."""
    while True:
        path = folder / f"{TEMPORARY}{secrets.token_hex(8)}{suffix}"
        descriptor = make(path)
        # Another process may have deleted it as a leftover before it was held.
        if _try_to_hold(descriptor) and _is_at(descriptor, path):
            return path, descriptor
        os.close(descriptor)


def _make_file(path: Path) -> int:
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)


def _make_folder(path: Path) -> int:
    path.mkdir()
    return os.open(path, os.O_RDONLY)


def _open(path: Path) -> int:
    """Return the descriptor of a file, created if it is missing, and its folder too."""
    for _ in range(MOST_RETRIES):
        with suppress(FileNotFoundError, FileExistsError):
            return _create(path)
    return _create(path)


def _create(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o666)


def _try_to_hold(descriptor: int) -> bool:
    """Return whether this process holds the file now; True where files can't be locked."""
    from filelock import lock_descriptor

    try:
        return lock_descriptor(descriptor, blocking=False)
    except OSError:
        # Some network file systems have no locks.
        return True


def _is_at(descriptor: int, path: Path) -> bool:
    """Return whether an open file is still the one at this path."""
    try:
        return os.path.samestat(os.fstat(descriptor), path.lstat())
    except FileNotFoundError:
        return False


def _delete_unless_held(path: Path) -> None:
    from filelock import lock_descriptor

    is_folder = path.is_dir() and not path.is_symlink()
    descriptor = os.open(path, (os.O_RDONLY if is_folder else os.O_RDWR) | os.O_NOFOLLOW)
    try:
        if lock_descriptor(descriptor, blocking=False):
            rmtree(path) if is_folder else path.unlink()
    finally:
        os.close(descriptor)
