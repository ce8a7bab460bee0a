"""The folder of one training or ensemble."""

from __future__ import annotations

import logging
import os
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mnistkit.core import stored_json
from mnistkit.core.files import write_json
from mnistkit.core.models.card import CARD_FORMAT_VERSION, Card
from mnistkit.errors import (
    ModelError,
    reason_of,
)

if TYPE_CHECKING:
    # The classes of a record take some milliseconds, which `predict` needs where it reads one.
    from mnistkit.core.models.record import Record, Status

logger = logging.getLogger(__name__)

RUNS = Path("runs")
RECORD_FILE = "run.json"
MODEL_FILE = "model.keras"
EXPORTED_FILE = "model.onnx"
HISTORY_FILE = "history.csv"
CURVES_FILE = "curves.png"

RUNNING: Status = "running"
INTERRUPTED: Status = "interrupted"
FINISHED: Status = "finished"


@dataclass
class Run:
    """A run folder and its record, the content of `run.json`."""

    path: Path
    record: Record

    @property
    def model(self) -> Path:
        """The Keras model with its optimizer, of the last whole epoch."""
        return self.path / MODEL_FILE

    @property
    def exported(self) -> Path:
        """The exported model, proved equal to the finished one."""
        return self.path / EXPORTED_FILE

    @property
    def finished(self) -> bool:
        """Whether the training ended and its model was measured."""
        return self.record.status == FINISHED

    def save(self, **changes: Any) -> None:
        """Change fields of the record and write it."""
        self.record = replace(self.record, **changes, updated=now())
        write_json(self.path / RECORD_FILE, self.record.to_json())

    def card(self) -> Card:
        """Return the card of the run's model."""
        record = self.record
        return Card.from_json(
            {
                "format_version": CARD_FORMAT_VERSION,
                "toolkit_version": record.packages["mnistkit"],
                "class_names": record.dataset.class_names,
                "architecture": record.settings.architecture,
                "layers": [asdict(layer) for layer in record.layers],
                "dataset": record.settings.dataset,
                "preparation": record.dataset.preparation,
                "accuracy": record.metrics.test.accuracy if record.metrics else None,
                "learned_from": record.learned_from,
            }
        )


def read(path: Path) -> Run:
    """Return the run in a folder.

    Raises:
        ModelError: The folder holds no run, or its record is damaged.
    """
    from mnistkit.core.models.record import from_json

    file = path / RECORD_FILE
    try:
        run = Run(path, from_json(stored_json.read(file)))
        # Its class names and layers are checked as any card's.
        run.card()
        return run
    except (FileNotFoundError, NotADirectoryError) as error:
        raise ModelError(
            f"expected a run folder with a {RECORD_FILE}, received {path}; train one with "
            "`mnistkit train`"
        ) from error
    except ModelError as error:
        raise ModelError(f"{file}: {error}") from error
    except OSError as error:
        raise ModelError(f"{file}: {reason_of(error)}") from error
    except (ValueError, RecursionError) as error:
        raise ModelError(
            f"{file}: expected the record of a run, received a damaged one ({error}); train again"
        ) from error


def newest_finished() -> Run | None:
    """Return the finished run below `./runs` that was updated last.

    A record can't have been updated after its file was written, so older files need no reading.
    A copy's file may be much newer than its record.
    """
    newest: Run | None = None
    for written, folder in _newest_first():
        if newest is not None and written < newest.record.updated:
            break
        run = _readable(folder)
        if run is None or not run.finished:
            continue
        if newest is None or run.record.updated > newest.record.updated:
            newest = run
    return newest


def now() -> str:
    """Return the time in UTC, to the millisecond, as ISO 8601."""
    return _as_text(datetime.now(UTC))


def _as_text(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds")


def _newest_first() -> list[tuple[str, Path]]:
    """Return when each record below `./runs` was written, as `now` has it, and its folder."""
    found = []
    with suppress(OSError), os.scandir(RUNS) as entries:
        for entry in entries:
            # A file may claim to be of a year that no calendar has.
            with suppress(OSError, ValueError, OverflowError):
                seconds = (Path(entry.path) / RECORD_FILE).stat().st_mtime
                found.append((_as_text(datetime.fromtimestamp(seconds, UTC)), Path(entry.path)))
    return sorted(found, reverse=True)


def _readable(folder: Path) -> Run | None:
    """Return the run in a folder; None where there is none that can be read."""
    try:
        return read(folder)
    except ModelError as error:
        # A user who names this run is told the reason.
        logger.debug("%s", error)
        return None
