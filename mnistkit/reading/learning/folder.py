"""The folder of a page reader's training: its record, its state and the reader."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mnistkit.core import stored_json
from mnistkit.core.files import write_json
from mnistkit.core.holding import is_passing
from mnistkit.core.models.run_folder import now
from mnistkit.core.package_versions import package_versions
from mnistkit.core.typed_json import to_json
from mnistkit.errors import ModelError, OutputExistsError, reason_of
from mnistkit.reading.learning.settings import Settings

FORMAT_VERSION = 1
RECORD_FILE = "training.json"
STATE_FILE = "state.npz"
READER_FILE = "reader.onnx"


@dataclass
class Folder:
    """A training's folder, and the content of its `training.json`."""

    path: Path
    record: dict[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> Path:
        """All that the next step depends on."""
        return self.path / STATE_FILE

    @property
    def reader(self) -> Path:
        """The exported reader, once the training is finished."""
        return self.path / READER_FILE

    def save(self, **changes: Any) -> None:
        """Change the record and write it."""
        self.record.update(to_json(changes), updated=now())
        write_json(self.path / RECORD_FILE, self.record)


def open_folder(path: Path, settings: Settings) -> Folder:
    """Open the folder of a training with these settings, or make a new one.

    Raises:
        UsageError: Its training has other settings.
        OutputExistsError: It holds something else.
        ModelError: Its record is damaged.
    """
    if (path / RECORD_FILE).is_file():
        folder = Folder(path, _read(path / RECORD_FILE))
        settings.check_same(folder.record["settings"], path)
        return folder
    if any(not is_passing(file) for file in path.iterdir()):
        raise OutputExistsError(
            f"expected {path} to be a new or empty folder, or one of such a training, received "
            "one with something else in it; choose another --output"
        )
    folder = Folder(path)
    folder.save(
        format_version=FORMAT_VERSION,
        created=now(),
        settings=settings.to_json(),
        packages=package_versions(),
        history=[],
    )
    return folder


def _read(file: Path) -> dict[str, Any]:
    try:
        record = stored_json.read(file)
    except OSError as error:
        raise ModelError(f"{file}: {reason_of(error)}") from error
    except ValueError as error:
        raise _damaged(file, str(error)) from error
    match record:
        case {"format_version": 1, "settings": dict(), "packages": dict(), "history": list()}:
            return dict(record)
    raise _damaged(file, "settings, packages or history are missing")


def _damaged(file: Path, reason: str) -> ModelError:
    return ModelError(
        f"{file}: expected the record of a page reader's training, received a damaged one "
        f"({reason}); begin again with another --output"
    )
