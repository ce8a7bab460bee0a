"""Printing the runs of a folder, as text, JSON or CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, Literal

from mnistkit.cli import output
from mnistkit.cli.csv_rows import csv_row
from mnistkit.cli.escaping import escaped
from mnistkit.cli.predict.columns import Columns

if TYPE_CHECKING:
    from mnistkit.core.models.run_listing import ListedRun

RunsFormat = Literal["text", "json", "csv"]

TELLS_ERRORS: frozenset[RunsFormat] = frozenset(("json",))
"""The formats that have errors of runs in their records."""

HEADER = ("name", "validation", "test", "when", "status")
WIDTHS = (10, 7, 10, 11)
INDENT = "  "
CSV_COLUMNS = (
    "name",
    "path",
    "architecture",
    "dataset",
    "epochs",
    "planned_epochs",
    "validation",
    "test",
    "size",
    "when",
    "status",
)
MEGABYTE = 10**6
DATE = len("2026-01-01")


def print_text(runs: Sequence[ListedRun]) -> None:
    """Print two lines a run: its name and results, and below them what was trained."""
    if not runs:
        return
    columns = Columns(HEADER, WIDTHS, [escaped(run.name) for run in runs])
    output.line(columns.heading())
    for run in runs:
        for line in columns.lines([escaped(cell) for cell in _cells(run)]):
            output.line(line)
        for line in _details(run):
            output.line(line)


def print_json(runs: Sequence[ListedRun]) -> None:
    """Print a list with an object for each run."""
    output.document([_record(run) for run in runs])


def print_csv(runs: Sequence[ListedRun]) -> None:
    """Print a header, and a row for each run."""
    output.data(csv_row(CSV_COLUMNS))
    for run in runs:
        output.data(csv_row(getattr(run, column) for column in CSV_COLUMNS))


PRINT: dict[RunsFormat, Callable[[Sequence[ListedRun]], None]] = {
    "text": print_text,
    "json": print_json,
    "csv": print_csv,
}


def _record(run: ListedRun) -> dict[str, Any]:
    values = asdict(run)
    del values["history"]
    return values


def _cells(run: ListedRun) -> tuple[str, ...]:
    return run.name, _share(run.validation), _share(run.test), (run.when or "")[:DATE], run.status


def _details(run: ListedRun) -> Iterator[str]:
    """Yield a line with the architecture, the dataset, the epochs and the size."""
    parts = []
    if run.architecture is not None:
        on = f" on {run.dataset}" if run.dataset is not None else ""
        parts.append(f"{run.architecture}{on}")
    if run.epochs is not None:
        of = f" of {run.planned_epochs}" if run.epochs != run.planned_epochs else ""
        unit = "epoch" if run.planned_epochs == 1 else "epochs"
        parts.append(f"{run.epochs}{of} {unit}")
    if run.size is not None:
        parts.append(f"{run.size / MEGABYTE:.1f} MB")
    if parts:
        yield INDENT + ", ".join(parts)


def _share(value: float | None) -> str:
    return "" if value is None else f"{value:.2%}"
