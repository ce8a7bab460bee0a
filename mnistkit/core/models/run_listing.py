"""The runs in a folder, each in a few figures."""

from __future__ import annotations

import os
import shlex
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from mnistkit.core import files
from mnistkit.core.claims import is_claimed
from mnistkit.core.holding import is_passing
from mnistkit.core.models import run_folder
from mnistkit.core.models.run_folder import RECORD_FILE, Run
from mnistkit.errors import InputError, ModelError, UsageError, reason_of

if TYPE_CHECKING:
    from mnistkit.core.models.record import Epoch, Status

FIRST_IS_LARGEST = frozenset(("epochs", "validation", "test", "size", "when"))


@dataclass(frozen=True, kw_only=True)
class ListedRun:
    """A run in a few figures; those that it lacks are None.

    Args:
        name: The name of its folder.
        path: Its folder, as commands take it.
        architecture: The architecture's name.
        dataset: The dataset's name.
        epochs: Number of trained epochs; None for what is not trained, such as an ensemble.
        planned_epochs: Number of epochs asked for.
        validation: Validation accuracy, in [0, 1]; of an unfinished run, after its last epoch.
        test: Test accuracy, in [0, 1].
        size: Bytes of all its files.
        when: Time of the last change of its record, by `run_folder.now`.
        status: `running` while a process is at work on it; a killed run is `interrupted`.
        error: Why its record can't be read.
        history: The measures of its epochs.
    """

    name: str
    path: str
    architecture: str | None = None
    dataset: str | None = None
    epochs: int | None = None
    planned_epochs: int | None = None
    validation: float | None = None
    test: float | None = None
    size: int | None = None
    when: str | None = None
    status: Status | Literal["unreadable"]
    error: str | None = None
    history: tuple[Epoch, ...] = ()


@dataclass(frozen=True)
class Listing:
    """The runs in a folder, the newest first, and the names of the other folders in it."""

    runs: tuple[ListedRun, ...]
    others: tuple[str, ...]

    def sorted_by(self, column: str) -> list[ListedRun]:
        """Return the runs by an attribute: numbers and times from the largest, text from A to Z.

        Runs without a value are last; equal ones stay in their order.
        """
        known = [run for run in self.runs if getattr(run, column) is not None]
        unknown = [run for run in self.runs if getattr(run, column) is None]
        known.sort(key=lambda run: getattr(run, column), reverse=column in FIRST_IS_LARGEST)
        return known + unknown


def list_runs(folder: Path) -> Listing:
    """Return the runs in a folder.

    Raises:
        InputError: There is no such folder, or it can't be read.
        UsageError: It is a run itself.
    """
    if files.is_there(folder / RECORD_FILE):
        raise UsageError(
            f"expected a folder of runs, received the run {folder}; describe it with "
            f"`mnistkit summary {shlex.quote(str(folder))}`"
        )
    runs, others = [], []
    for inner in _folders_in(folder):
        # Asked first: a process that ends in between has written its last record.
        claimed = is_claimed(inner)
        if _has_record(inner):
            runs.append(_listed(inner, claimed=claimed))
        else:
            others.append(inner.name)
    newest_first = sorted(runs, key=lambda run: (run.when or "", run.name), reverse=True)
    return Listing(tuple(newest_first), tuple(sorted(others)))


def _folders_in(folder: Path) -> list[Path]:
    try:
        with os.scandir(folder) as entries:
            found = [Path(entry.path) for entry in entries if entry.is_dir()]
    except (OSError, ValueError) as error:
        raise InputError(
            f"{folder}: {reason_of(error, folder=True)}; name a folder of runs, or train one "
            "with `mnistkit train`"
        ) from error
    return [path for path in found if not is_passing(path)]


def _has_record(folder: Path) -> bool:
    """Return whether a folder has a record, or may have one that can't be looked for."""
    try:
        (folder / RECORD_FILE).lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def _listed(folder: Path, *, claimed: bool) -> ListedRun:
    """Return the figures of a run; `claimed` tells whether a process is at work on it."""
    place: dict[str, Any] = {"name": folder.name, "path": str(folder)}
    with suppress(OSError):
        place["size"] = files.size(folder)
    try:
        run = run_folder.read(folder)
    except ModelError as error:
        return ListedRun(**place, status="unreadable", error=str(error))
    record = run.record
    # Only a training has epochs, neither an ensemble nor an import.
    planned = getattr(record.settings, "epochs", None)
    killed = record.status == run_folder.RUNNING and not claimed
    return ListedRun(
        **place,
        epochs=None if planned is None else len(record.history),
        planned_epochs=planned,
        architecture=record.settings.architecture,
        dataset=record.settings.dataset,
        validation=_validation(run),
        test=record.metrics.test.accuracy if record.metrics else None,
        when=record.updated,
        status=run_folder.INTERRUPTED if killed else record.status,
        history=record.history,
    )


def _validation(run: Run) -> float | None:
    record = run.record
    if record.metrics is None:
        return record.history[-1].validation_accuracy if record.history else None
    measured = record.metrics.validation
    return measured.accuracy if measured else None
