"""Writing the history of a run as a table."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mnistkit.core.files import replacing


def write_table(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Write a CSV file with a header and one line per epoch."""
    with replacing(path) as temporary, temporary.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, fieldnames=list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
