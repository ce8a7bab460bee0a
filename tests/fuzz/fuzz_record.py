"""Fuzz the record of a run: what is read is written again, described, and says its command."""

import json
import shlex
import tempfile
from pathlib import Path

from fuzzing import check_told, fuzz, instrumented
from spoiling import spoiled

with instrumented():
    from mnistkit.core.models import run_folder
    from mnistkit.core.models.choice import BUNDLED_RUN
    from mnistkit.core.models.record import TrainingRecord, from_json
    from mnistkit.errors import ModelError

FOLDER = tempfile.TemporaryDirectory()
FILE = Path(FOLDER.name, run_folder.RECORD_FILE)
WHOLE = run_folder.read(BUNDLED_RUN).record.to_json()


def target(data: bytes) -> None:
    raw = data[:1] > b"\x7f"
    FILE.write_bytes(data[1:] if raw else spoiled(WHOLE, data[1:]))
    try:
        run = run_folder.read(Path(FOLDER.name))
    except ModelError as error:
        check_told(error)
        return
    record = run.record
    assert from_json(json.loads(json.dumps(record.to_json()))) == record
    record.table()
    if isinstance(record, TrainingRecord):
        assert shlex.split(record.settings.command())[:2] == ["mnistkit", "train"]


def seeds():
    yield from (b"\0" + bytes(range(first, first + 64)) for first in (0, 64, 128))
    yield b"\xff" + json.dumps(WHOLE).encode()


if __name__ == "__main__":
    fuzz(target, seeds())
