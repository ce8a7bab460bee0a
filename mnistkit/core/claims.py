"""Claims of files and folders, so that two processes never write the same one."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

from mnistkit.core.files import is_there, refuse_to_overwrite, unwritable
from mnistkit.core.holding import PREFIX, clear_leftovers, hold, is_held, release
from mnistkit.errors import OutputBusyError

LOCK_FILE = f"{PREFIX}lock"


def claim_folder(folder: Path, wait: float = 0.0) -> AbstractContextManager[None]:
    """Keep other processes from writing into a folder; delete the leftovers of killed ones.

    Args:
        folder: Created if it is missing, and removed again if it stays empty.
        wait: Seconds to wait for another process that has claimed it.

    Raises:
        OutputBusyError: Another process has claimed it.
        OutputError: It can't be written to.
    """
    return _claim(folder / LOCK_FILE, folder, wait)


def is_claimed(folder: Path) -> bool:
    """Return whether a process has claimed a folder."""
    return is_held(folder / LOCK_FILE)


@contextmanager
def claim_output(path: Path, *, force: bool) -> Iterator[None]:
    """Keep other processes from writing a file of this name.

    Args:
        path: The file, which need not exist, nor its folder.
        force: Whether an existing file may be replaced.

    Raises:
        OutputExistsError: It exists.
        OutputBusyError: Another process has claimed it.
        OutputError: Its folder can't be written to.
    """
    # The longest name that a file system allows has no room for a suffix.
    digest = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]
    with _claim(path.with_name(f"{LOCK_FILE}-{digest}"), path):
        refuse_to_overwrite(path, force=force)
        yield


@contextmanager
def _claim(lock: Path, target: Path, wait: float = 0.0) -> Iterator[None]:
    folders = (lock.parent, *lock.parent.parents)
    missing = [folder for folder in folders if not is_there(folder)]
    try:
        descriptor = hold(lock, wait)
    except OSError as error:
        raise unwritable(target, error) from error
    if descriptor is None:
        raise OutputBusyError(
            f"{target}: another process is writing there; wait until it ends, or name another place"
        )
    try:
        clear_leftovers(lock.parent)
        yield
    finally:
        release(lock, descriptor)
        with suppress(OSError):
            for folder in missing:
                folder.rmdir()
