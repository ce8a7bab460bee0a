"""Rows of CSV, line by line."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable


def csv_row(cells: Iterable[object], delimiter: str = ",") -> str:
    """Return a row without its line end, with quotes where a cell needs them; None is empty."""
    row = io.StringIO()
    csv.writer(row, delimiter=delimiter).writerow(cells)
    return row.getvalue().removesuffix("\r\n")
