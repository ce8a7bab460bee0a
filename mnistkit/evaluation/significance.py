"""Statistical significance of the difference between models on the same images.

References:
    Q. McNemar: Note on the sampling error of the difference between correlated proportions or
    percentages. Psychometrika 12, 1947.
    S. Holm: A simple sequentially rejective multiple test procedure. Scandinavian Journal of
    Statistics 6, 1979.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mnistkit.evaluation.metrics import Evaluation
from mnistkit.evaluation.results import Measured, Report

SIGNIFICANCE = 0.05


@dataclass(frozen=True)
class Comparison:
    """Comparison of a model with a reference on the same images.

    Args:
        accuracy_difference: The model's accuracy minus the reference's.
        only_reference_right: Number of images that only the reference predicts right.
        only_model_right: Number of images that only the model predicts right.
    """

    accuracy_difference: float
    only_reference_right: int
    only_model_right: int

    @property
    def p_value(self) -> float:
        """P-value of the exact two-sided McNemar test."""
        return sign_test(self.only_reference_right, self.only_model_right)


def compare(reference: Evaluation, model: Evaluation) -> Comparison:
    """Return the comparison of a model with a reference, measured on the same images."""
    reference_right = reference.predicted == reference.class_indices
    model_right = model.predicted == model.class_indices
    only_reference = int((reference_right & ~model_right).sum())
    only_model = int((model_right & ~reference_right).sum())
    difference = (only_model - only_reference) / reference.count
    return Comparison(difference, only_reference, only_model)


def sign_test(one: int, other: int) -> float:
    """Return the two-sided p-value of the exact sign test for two counts.

    This is the binomial test of 1/2, computed with whole numbers.
    """
    count = one + other
    term = tail = 1
    for k in range(min(one, other)):
        term = term * (count - k) // (k + 1)
        tail += term
    likely: float = 2 * tail / 2**count
    return min(1.0, likely)


def holm(p_values: Sequence[float]) -> list[float]:
    """Return Holm-adjusted p-values."""
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(p_values), 0, -1)
    adjusted = np.empty(len(p_values))
    adjusted[order] = np.maximum.accumulate(np.minimum(1, np.asarray(p_values)[order] * factors))
    values: list[float] = adjusted.tolist()
    return values


@dataclass(frozen=True)
class Compared:
    """Comparison with the first model on one dataset; `adjusted` is the Holm-adjusted p-value."""

    measured: Measured
    reference: Measured
    comparison: Comparison
    adjusted: float

    @property
    def significant(self) -> bool:
        """Whether the difference is statistically significant."""
        return self.adjusted < SIGNIFICANCE


def comparisons(report: Report) -> list[Compared]:
    """Return the comparison of every further model with the first one, on each dataset."""
    found = [
        (measured, group[0], compare(group[0].evaluation, measured.evaluation))
        for group in report.groups
        for measured in group[1:]
    ]
    adjusted = holm([comparison.p_value for *_, comparison in found])
    return [Compared(*parts, value) for parts, value in zip(found, adjusted, strict=True)]
