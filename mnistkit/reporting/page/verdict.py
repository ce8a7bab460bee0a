"""The verdict of a report, in one sentence."""

from __future__ import annotations

from mnistkit.evaluation import significance
from mnistkit.evaluation.results import Measured, Report


def verdict(report: Report) -> str:
    """Return what was measured, with its interval, in one sentence."""
    if report.is_comparison:
        return _comparison(report)
    if len(report.measured) == 1:
        return _single(report.measured[0])
    best = max(report.measured, key=lambda measured: measured.evaluation.accuracy)
    worst = min(report.measured, key=lambda measured: measured.evaluation.accuracy)
    return (
        f"{worst.model} is right on {_accuracy(worst)} of {worst.dataset} and on "
        f"{_accuracy(best)} of {best.dataset}, its worst and its best dataset of "
        f"{len(report.measured)}."
    )


def _single(measured: Measured) -> str:
    evaluation = measured.evaluation
    low, high = evaluation.accuracy_interval
    return (
        f"{measured.model} is right on {evaluation.accuracy:.2%} of {evaluation.count:,} images "
        f"of {measured.dataset}, with a 95\u00a0% interval from {low:.2%} to {high:.2%}."
    )


def _comparison(report: Report) -> str:
    """Return whether the models differ: for two of them by how much, else how many do."""
    rows = significance.comparisons(report)
    first = report.models[0]
    if len(rows) > 1:
        count = sum(row.significant for row in rows)
        return (
            f"{count} of {len(rows)} comparisons with {first} "
            f"{'is' if count == 1 else 'are'} statistically significant."
        )
    row = rows[0]
    points = 100 * row.comparison.accuracy_difference
    better = "better" if points > 0 else "worse"
    sides = f"{_accuracy(row.measured)} against {_accuracy(row.reference)} of {first}"
    if not row.significant:
        return (
            f"{row.measured.model} does not differ significantly from {first} on "
            f"{row.measured.dataset}: {sides} (p = {row.adjusted:.2g})."
        )
    return (
        f"{row.measured.model} is significantly {better} than {first} on {row.measured.dataset}, "
        f"by {abs(points):.2f} points: {sides} (p = {row.adjusted:.2g})."
    )


def _accuracy(measured: Measured) -> str:
    low, high = measured.evaluation.accuracy_interval
    return f"{measured.evaluation.accuracy:.2%} ({low * 100:.2f} to {high:.2%})"
