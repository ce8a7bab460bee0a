"""Printing the results of `benchmark`, as text, JSON or CSV."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Literal

from mnistkit.cli import output
from mnistkit.cli.csv_rows import csv_row

if TYPE_CHECKING:
    # NumPy, which it brings, would slow the help of every command.
    from mnistkit.evaluation.benchmark.results import Report, Row

BenchmarkFormat = Literal["text", "json", "csv"]

COLUMNS = (
    "model",
    "size\nkB",
    "first\nanswer\ns",
    "p50\nms",
    "p99\nms",
    "images\nper s",
    "best\nbatch",
    "memory\nMB",
    "accuracy",
    "largest\ndiffer-\nence",
)
CELLS = (
    "model",
    "bytes",
    "first_answer_seconds",
    "latency_p50_seconds",
    "latency_p99_seconds",
    "images_per_second",
    "batch_size",
    "peak_memory_bytes",
    "accuracy",
    "max_abs_diff",
    "error",
)
"""The columns of CSV, by their keys in JSON."""
UNKNOWN = "-"


def print_text(report: Report) -> None:
    """Print a table with a row for each model, by its number, and explain the columns."""
    for row in report.rows:
        output.line(f"model {row.number}  {row.name}")
    output.line("")
    output.table(COLUMNS, map(_cells, report.rows), dense=True)
    output.line("")
    for row in report.rows:
        if row.error:
            output.line(f"model {row.number} was not measured: {row.error}")
    for line in _notes(report):
        output.line(line)


def print_json(report: Report) -> None:
    """Print one object with a list of results."""
    output.document(
        {
            "dataset": report.loaded.name,
            "split": report.loaded.split,
            "count": len(report.loaded.images),
            "rounds": report.settings.rounds,
            "images": report.settings.images,
            "threads": report.settings.threads,
            "results": [*map(_record, report.rows)],
        }
    )


def print_csv(report: Report) -> None:
    """Print a header, and a row for each model."""
    output.data(csv_row(CELLS))
    for row in report.rows:
        record = _record(row)
        output.data(csv_row(record.get(name) for name in CELLS))


PRINT: dict[BenchmarkFormat, Callable[[Report], None]] = {
    "text": print_text,
    "json": print_json,
    "csv": print_csv,
}


def _record(row: Row) -> dict[str, Any]:
    place = {"model": row.name, "bytes": row.bytes}
    if row.error:
        return {**place, "error": str(row.error)}
    evaluation = row.evaluation
    return {
        **place,
        "first_answer_seconds": row.first_answer,
        "latency_p50_seconds": row.latency_p50,
        "latency_p99_seconds": row.latency_p99,
        "images_per_second": row.throughput[row.best_batch],
        "batch_size": row.best_batch,
        "throughput": row.throughput,
        "peak_memory_bytes": row.memory,
        "accuracy": evaluation.accuracy if evaluation else None,
        "accuracy_interval": list(evaluation.accuracy_interval) if evaluation else None,
        "max_abs_diff": row.max_abs_diff,
    }


def _cells(row: Row) -> tuple[str, ...]:
    from mnistkit.evaluation.benchmark.results import rounded

    begun = (str(row.number), f"{row.bytes / 1e3:,.0f}")
    if row.error:
        return (*begun, *[UNKNOWN] * (len(COLUMNS) - len(begun)))
    return (
        *begun,
        rounded(row.first_answer),
        rounded(row.latency_p50 * 1e3),
        rounded(row.latency_p99 * 1e3),
        f"{row.throughput[row.best_batch]:,.0f}",
        str(row.best_batch),
        UNKNOWN if row.memory is None else f"{row.memory / 1e6:,.0f}",
        UNKNOWN if row.evaluation is None else f"{row.evaluation.accuracy:.2%}",
        UNKNOWN if row.max_abs_diff is None else f"{row.max_abs_diff:.1e}",
    )


def _notes(report: Report) -> Iterator[str]:
    """Yield what the columns are."""
    loaded, rounds = report.loaded, report.settings.rounds
    yield "first answer, memory: of a new process, up to its answer for one image"
    yield "p50, p99: latency of one image; images per s: at the best batch size"
    yield f"accuracy: on {len(loaded.images):,} images of {loaded.name}, {loaded.split} split"
    yield "largest difference: between the probabilities and those of model 1"
    if rounds > 1:
        yield f"times and memory: medians of {rounds} rounds"
