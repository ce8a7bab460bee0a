"""Printing the results of `evaluate`, as text or JSON."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import asdict
from typing import Any

from mnistkit.cli import output
from mnistkit.cli.evaluate import comparisons
from mnistkit.cli.options import TextOrJson
from mnistkit.evaluation.metrics import Evaluation
from mnistkit.evaluation.results import Failure, Measured, Report

# Columns of a confusion matrix whose rows fit in a terminal.
MOST_COLUMNS = 12
LONGEST_HEADING = 4


def to_json(report: Report) -> dict[str, Any]:
    """Return a single result as one JSON object, several as a list with their comparisons."""
    if report.is_single:
        return _record(report.measured[0])
    results = []
    for outcome in report.outcomes:
        if isinstance(outcome, Failure):
            place = {"dataset": outcome.dataset, "split": outcome.split}
            results.append({**place, "error": str(outcome.error)})
        else:
            results.extend(map(_record, outcome))
    compared = {"comparisons": comparisons.records(report)} if report.is_comparison else {}
    return {"results": results, **compared}


def print_json(report: Report) -> None:
    """Print the results as JSON."""
    output.document(to_json(report))


def print_text(report: Report) -> None:
    """Print a single result with all its classes, or several results in a table."""
    if report.is_single:
        _print_single(report.measured[0].evaluation)
    elif report.measured:
        _print_several(report)
        if report.is_comparison:
            comparisons.print_table(report)
    if any(measured.corruption_errors for measured in report.measured):
        _print_corruptions(report)


PRINT: dict[TextOrJson, Callable[[Report], None]] = {"json": print_json, "text": print_text}


def _record(measured: Measured) -> dict[str, Any]:
    result = measured.evaluation
    errors = measured.corruption_errors
    corrupted = {"corruptions": errors, "mean_error": measured.mean_error} if errors else {}
    return {
        "model": measured.model,
        "dataset": measured.dataset,
        "split": measured.split,
        "accuracy": result.accuracy,
        "accuracy_interval": list(result.accuracy_interval),
        "error_count": result.error_count,
        "count": result.count,
        "nll": result.nll,
        "ece": result.ece,
        "images_per_second": result.count / result.seconds,
        **corrupted,
        "per_class": [asdict(row) for row in result.per_class],
        "confusion_matrix": result.confusion_matrix.tolist(),
        "top_confusions": [asdict(row) for row in result.top_confusions()],
    }


def _print_several(report: Report) -> None:
    """Print a table with a row for each model, by its number, on each dataset."""
    if report.is_comparison:
        for number, model in enumerate(report.models, start=1):
            output.line(f"model {number}  {model}")
        output.line("")
    figures = ("accuracy", "95 % interval", "wrong", "nll", "ece", "images/s")
    rows = ((*report.place(each), *_figures(each.evaluation)) for each in report.measured)
    places = report.places
    output.table((*places, *figures), rows, words=len(places), dense=True)


def _figures(result: Evaluation) -> tuple[str, ...]:
    low, high = result.accuracy_interval
    return (
        f"{result.accuracy:.2%}",
        f"{low * 100:.2f}-{high:.2%}",
        f"{result.error_count:,} of {result.count:,}",
        f"{result.nll:.4f}",
        f"{result.ece:.2%}",
        f"{result.count / result.seconds:,.0f}",
    )


def _print_corruptions(report: Report) -> None:
    """Print the error rate under each corruption, a column for each model and dataset."""
    output.line("")
    heads = [" ".join(report.place(measured)) for measured in report.measured]
    if report.places == ("model",):
        heads = [f"model {head}" for head in heads]
    shares = [
        {"clean": 1 - measured.evaluation.accuracy}
        | measured.corruption_errors
        | {"mean of corruptions": measured.mean_error}
        for measured in report.measured
    ]
    output.table(
        ("corruption", *(["error"] if report.is_single else heads)),
        ((name, *(f"{share[name]:.2%}" for share in shares)) for name in shares[0]),
    )


def _print_single(result: Evaluation) -> None:
    low, high = result.accuracy_interval
    output.line(
        f"accuracy  {result.accuracy:.2%}, 95 % interval {low:.2%} to {high:.2%}; "
        f"{result.error_count:,} of {result.count:,} wrong"
    )
    output.line(f"nll {result.nll:.4f}  ece {result.ece:.2%}{_speed(result)}")
    output.line("")
    output.table(
        ("label", "precision", "recall", "f1", "support"),
        (
            (
                row.label,
                *map(_ratio, (row.precision, row.recall, row.f1)),
                f"{row.support:,}",
            )
            for row in result.per_class
        ),
    )
    output.line("")
    _print_confusion_matrix(result)
    confusions = result.top_confusions()
    if confusions:
        output.line("")
        output.table(
            ("most confused", "predicted", "times"),
            ((row.label, row.predicted, str(row.count)) for row in confusions),
            words=2,
        )


def _speed(result: Evaluation) -> str:
    """Return the speed as text; none if it was not measured."""
    rate = result.count / result.seconds
    return "" if math.isnan(rate) else f"  {rate:,.0f} images/s"


def _ratio(value: float) -> str:
    """Return a share as text, or `-` if it is undefined."""
    return "-" if math.isnan(value) else f"{value:.2%}"


def _print_confusion_matrix(result: Evaluation) -> None:
    """Print the confusion matrix if it fits; long names are at the rows only."""
    names = result.class_names
    if len(names) > MOST_COLUMNS:
        output.line(
            f"The confusion matrix of {len(names):,} classes is in --format json and in --plot."
        )
        return
    columns = rows = list(names)
    if max(map(len, names)) > LONGEST_HEADING:
        columns = [str(position) for position in range(len(names))]
        rows = [f"{position} {name}" for position, name in enumerate(names)]
    output.table(
        ("label", *columns),
        (
            (name, *(str(count) if count else "." for count in row))
            for name, row in zip(rows, result.confusion_matrix.tolist(), strict=True)
        ),
    )
