"""The sentence at the top of a report, against SciPy's test."""

from __future__ import annotations

from dataclasses import replace

import pytest
from made_results import made_up
from scipy.stats import binomtest

from mnistkit.evaluation.results import Report
from mnistkit.reporting.page.verdict import verdict

DIGITS = tuple("0123456789")


def result(number, wrong, dataset="digits"):
    """A model that mistakes the first images of a hundred."""
    return replace(made_up(DIGITS, 100, wrong, dataset), number=number, model=f"runs/{number}")


def compared(*wrong):
    """The verdict on models, the first of them the reference."""
    group = [result(number, each) for number, each in enumerate(wrong, 1)]
    return verdict(Report(tuple(each.model for each in group), 1, [group]))


def test_a_model_alone_is_told_with_its_interval():
    low, high = binomtest(90, 100).proportion_ci(method="wilson")
    assert verdict(Report(("runs/1",), 1, [[result(1, 10)]])) == (
        "runs/1 is right on 90.00% of 100 images of digits, with a 95\u00a0% interval from "
        f"{low:.2%} to {high:.2%}."
    )


def test_of_several_datasets_the_worst_and_the_best_are_told():
    outcomes = [[result(1, wrong, name)] for wrong, name in ((5, "a"), (40, "b"), (2, "c"))]
    told = verdict(Report(("runs/1",), 3, outcomes))
    assert told.startswith("runs/1 is right on 60.00% (")
    assert " of b and on 98.00% (" in told
    assert told.endswith(" of c, its worst and its best dataset of 3.")


@pytest.mark.parametrize(
    ("first", "second", "said"),
    [(30, 10, "better"), (10, 30, "worse"), (10, 12, None), (10, 10, None)],
)
def test_two_models_differ_where_the_test_says_so(first, second, said):
    # Only the images between the two numbers are right in one model alone.
    only = abs(first - second)
    p_value = binomtest(0, only).pvalue if only else 1.0
    told = compared(first, second)
    if said is None:
        assert p_value > 0.05
        assert told.startswith("runs/2 does not differ significantly from runs/1 on digits: ")
    else:
        assert p_value < 0.05
        beginning = f"runs/2 is significantly {said} than runs/1 on digits, by 20.00 points: "
        assert told.startswith(beginning)
    assert f"{100 - second}.00% (" in told
    assert f"against {100 - first}.00% (" in told
    assert told.endswith(f" of runs/1 (p = {p_value:.2g}).")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ((30, 10, 28), "1 of 2 comparisons with runs/1 is statistically significant."),
        ((30, 10, 8), "2 of 2 comparisons with runs/1 are statistically significant."),
    ],
)
def test_of_more_models_those_that_differ_are_counted(wrong, said):
    assert compared(*wrong) == said
