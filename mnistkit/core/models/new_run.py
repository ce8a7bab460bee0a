"""Reserving the folder of a new run."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path

from mnistkit.core.claims import LOCK_FILE, claim_folder, claim_output
from mnistkit.core.files import MAX_STEM, is_there
from mnistkit.core.holding import hold, is_passing, release
from mnistkit.core.models.run_folder import RUNS
from mnistkit.errors import OutputBusyError, OutputError, OutputExistsError

DATED = f"{'[0-9]' * 8}-{'[0-9]' * 6}-*"
"""What `claim_dated` calls folders, for `Path.glob`."""


@contextmanager
def claim_new(path: Path) -> Iterator[Path]:
    """Reserve a folder for a new run; it is removed if nothing was written into it.

    Args:
        path: A new or empty folder.

    Raises:
        OutputExistsError: It holds something.
        OutputBusyError: Another process uses it.
        OutputError: It can't be made.
    """
    if not is_there(path / LOCK_FILE):
        _check_free(path)
    with claim_folder(path):
        _check_free(path)
        yield path


@contextmanager
def claim_whole(path: Path) -> Iterator[Path]:
    """Reserve a folder for a new run that `new_folder` writes as a whole; see `claim_new`."""
    with claim_output(path, force=True):
        _check_free(path)
        if path.exists():
            # A killed training may have left its lock.
            with claim_new(path):
                pass
        yield path


@contextmanager
def claim_dated(
    architecture: str,
    dataset: str,
    claim: Callable[[Path], AbstractContextManager[Path]] = claim_new,
) -> Iterator[Path]:
    """Reserve a folder below `./runs` for a new run, named by time, architecture and dataset.

    Args:
        architecture: The architecture's name.
        dataset: The dataset's name.
        claim: `claim_new`, or `claim_whole`.

    Raises:
        OutputError: It can't be made.
    """
    _clear_unbegun()
    name = f"{time.strftime('%Y%m%d-%H%M%S')}-{architecture}-{_as_file_name(dataset)}"
    with ExitStack() as claims:
        for number in count(1):
            suffix = f"-{number}" if number > 1 else ""
            with suppress(OutputExistsError, OutputBusyError):
                path = claims.enter_context(claim(RUNS / f"{name}{suffix}"))
                break
        yield path


def _clear_unbegun() -> None:
    """Delete what killed processes claimed below `./runs` and wrote nothing into."""
    for folder in list(RUNS.glob(DATED)):
        with suppress(OSError, OutputExistsError, OutputBusyError, OutputError):
            with claim_new(folder):
                pass
            folder.rmdir()
    for lock in list(RUNS.glob(f"{LOCK_FILE}-*")):
        with suppress(OSError):
            descriptor = hold(lock)
            if descriptor is not None:
                release(lock, descriptor)


def _as_file_name(dataset: str) -> str:
    """Return a dataset's name for a file; a path in it is cut to its last part, in ASCII."""
    kind, colon, text = dataset.partition(":")
    last = re.sub(r"[^\w.]+", "-", Path(text).stem, flags=re.ASCII).strip("-.")[:MAX_STEM]
    return f"{kind}-{last}" if colon and last else kind


def _check_free(path: Path) -> None:
    """Raise `OutputExistsError` unless `path` is a new or empty folder."""
    if path.exists() and not (path.is_dir() and all(map(is_passing, path.iterdir()))):
        raise OutputExistsError(
            f"expected {path} to be a new or empty folder, received a file, or a folder with "
            "something in it; choose another --output, or go on with `mnistkit train --resume`"
        )
