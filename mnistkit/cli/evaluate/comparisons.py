"""Printing the comparisons of `evaluate`, as text or JSON."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from mnistkit.cli import output
from mnistkit.evaluation import significance
from mnistkit.evaluation.results import Report
from mnistkit.evaluation.significance import Compared

LEAST_SHOWN = 1e-99


def records(report: Report) -> list[dict[str, Any]]:
    """Return the comparisons as JSON values."""
    return [
        {
            "model": compared.measured.model,
            "reference": compared.reference.model,
            "dataset": compared.measured.dataset,
            "split": compared.measured.split,
            **asdict(compared.comparison),
            "p_value": compared.comparison.p_value,
            "adjusted_p_value": compared.adjusted,
            "significant": compared.significant,
        }
        for compared in significance.comparisons(report)
    ]


def print_table(report: Report) -> None:
    """Print a row for each model compared with the first, and explain the columns."""
    rows = significance.comparisons(report)
    adjusted = len(rows) > 1
    other = "this one" if len(report.models[1:]) > 1 else "model 2"
    right = ("right only\nin model 1", f"right only\nin {other}")
    columns = ("points", *right, "p", *(("p, Holm",) if adjusted else ()), "significant")
    cells = ((*report.place(row.measured), *_figures(row, adjusted)) for row in rows)
    output.line("")
    output.table((*report.places, *columns), cells, words=len(report.places), dense=True)
    output.line("")
    output.line("points: accuracy minus that of model 1; p: exact McNemar test, two-sided")
    if adjusted:
        output.line(f"p, Holm: p adjusted for {len(rows)} tests")
    output.line(
        f"significant: {'p, Holm' if adjusted else 'p'} is below {significance.SIGNIFICANCE:g}"
    )


def _figures(row: Compared, adjusted: bool) -> tuple[str, ...]:
    comparison = row.comparison
    return (
        f"{comparison.accuracy_difference * 100:+.2f}",
        f"{comparison.only_reference_right:,}",
        f"{comparison.only_model_right:,}",
        _p_value(comparison.p_value),
        *((_p_value(row.adjusted),) if adjusted else ()),
        "yes" if row.significant else "no",
    )


def _p_value(value: float) -> str:
    return f"{value:.2g}" if value >= LEAST_SHOWN else f"<{LEAST_SHOWN:.0e}"
