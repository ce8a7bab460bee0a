"""The folder of a page reader's training: its record, its state and the reader."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mnistkit.core import stored_json
from mnistkit.core.files import write_json
from mnistkit.core.holding import is_passing
from mnistkit.core.models.reader_card import ReaderSettings
from mnistkit.core.models.run_folder import now
from mnistkit.core.package_versions import package_versions
from mnistkit.errors import ModelError, OutputExistsError, UsageError, reason_of
from mnistkit.reading.learning.record import Record, from_json
from mnistkit.reading.reader import READER_FILE

RECORD_FILE = "training.json"
STATE_FILE = "state.npz"


@dataclass
class Folder:
    """A training's folder and its record."""

    path: Path
    record: Record

    @property
    def state(self) -> Path:
        """The file with everything that the next step depends on."""
        return self.path / STATE_FILE

    @property
    def reader(self) -> Path:
        """The exported reader of a finished training."""
        return self.path / READER_FILE

    def save(self, **changes: Any) -> None:
        """Change fields of the record and write it."""
        self.record = replace(self.record, **changes, updated=now())
        write_json(self.path / RECORD_FILE, self.record.to_json())


def find_folder(path: Path) -> Folder | None:
    """Return the folder of a training that began already, or None for an empty folder.

    Raises:
        OutputExistsError: It holds something else.
        ModelError: Its record is damaged.
    """
    if (path / RECORD_FILE).is_file():
        return Folder(path, _read(path / RECORD_FILE))
    if any(not is_passing(file) for file in path.iterdir()):
        raise OutputExistsError(
            f"expected {path} to be a new or empty folder, or one of such a training, received "
            "one with something else in it; choose another --output"
        )
    return None


def open_folder(path: Path, settings: ReaderSettings) -> Folder:
    """Open the folder of a training with these settings, or start a training in an empty one.

    Raises:
        UsageError: The training in it has other settings.
        OutputExistsError: It holds something else.
        ModelError: Its record is damaged.
    """
    folder = find_folder(path)
    if folder is None:
        folder = Folder(path, Record(now(), now(), settings, package_versions()))
        folder.save()
    else:
        _check_same(settings, folder)
    return folder


def _read(file: Path) -> Record:
    try:
        return from_json(stored_json.read(file))
    except OSError as error:
        raise ModelError(f"{file}: {reason_of(error)}") from error
    except ValueError as error:
        raise ModelError(
            f"{file}: expected the record of a page reader's training, received a damaged one "
            f"({error}); begin again with another --output"
        ) from error


def _check_same(settings: ReaderSettings, folder: Folder) -> None:
    """Raise `UsageError` if the training in a folder has other settings."""
    _check_typefaces({*folder.record.settings.typefaces}, {*settings.typefaces}, folder.path)
    recorded = asdict(folder.record.settings)
    for name, value in asdict(settings).items():
        if recorded[name] != value:
            raise UsageError(
                f"expected {name} as when {folder.path} began, {recorded[name]}, received "
                f"{value}; give the same again, or choose another --output"
            )


def _check_typefaces(recorded: set[str], received: set[str], path: Path) -> None:
    if received != recorded:
        raise UsageError(
            f"expected the {len(recorded)} typefaces with which {path} began, received "
            f"{len(received)}: {len(received - recorded)} are new and "
            f"{len(recorded - received)} are missing; give the same --fonts, or choose another "
            "--output"
        )
