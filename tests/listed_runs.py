"""Folders of runs, made of the record of the bundled one."""

from __future__ import annotations

import json

from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.core.models.run_folder import RECORD_FILE

RECORD = json.loads((BUNDLED_RUN / RECORD_FILE).read_text())


def write_run(folder, epochs=None, accuracy=None, **changes):
    """Write a run of some epochs; without an accuracy it is not finished."""
    record = RECORD | changes
    if epochs is not None:
        record |= {"history": record["history"][:epochs]}
    if accuracy is None:
        record |= {"metrics": None}
        record["status"] = changes.get("status", "interrupted")
    else:
        test = record["metrics"]["test"] | {"accuracy": accuracy}
        record |= {"metrics": record["metrics"] | {"test": test}}
    folder.mkdir(parents=True, exist_ok=True)
    (folder / RECORD_FILE).write_text(json.dumps(record))
    return folder
