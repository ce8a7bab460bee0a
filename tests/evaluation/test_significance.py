"""Comparing two models, against SciPy and by counting."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from mnistkit.evaluation.metrics import Evaluation
from mnistkit.evaluation.results import Measured, Report
from mnistkit.evaluation.significance import Compared, compare, comparisons, holm, sign_test


def evaluation_of(predicted, class_indices):
    return Evaluation(tuple("0123456789"), np.eye(10, dtype=np.float32)[predicted], class_indices)


@pytest.mark.parametrize(
    ("one", "other"),
    [(0, 1), (1, 0), (5, 5), (0, 5), (0, 6), (3, 9), (25, 47), (700, 820), (4000, 4300)],
)
def test_the_test_is_scipy_s_binomial_test(one, other):
    expected = stats.binomtest(one, one + other).pvalue
    assert sign_test(one, other) == pytest.approx(expected, rel=1e-9)
    assert sign_test(other, one) == sign_test(one, other)


def test_models_that_never_differ_are_not_told_apart():
    assert sign_test(0, 0) == 1


def test_tens_of_thousands_of_differences_are_no_trouble():
    assert sign_test(0, 20_000) == 0
    expected = stats.binomtest(20_000, 40_500).pvalue
    assert sign_test(20_000, 20_500) == pytest.approx(expected, rel=1e-6)


def test_what_one_alone_got_right_is_counted():
    labels = np.array([0, 1, 2, 3, 4, 5])
    first = evaluation_of([0, 1, 2, 9, 9, 9], labels)
    # Right on 0 and 3; wrong on 5 in another way than the first.
    second = evaluation_of([0, 7, 7, 3, 9, 8], labels)
    comparison = compare(first, second)
    assert comparison.only_reference_right == 2
    assert comparison.only_model_right == 1
    assert comparison.accuracy_difference == pytest.approx(-1 / 6)
    assert comparison.p_value == 1


def test_a_small_difference_on_many_images_is_told_apart_by_how_models_differ():
    labels = np.arange(10_000) % 10
    wrong = (labels + 1) % 10
    images = np.arange(10_000)
    first = evaluation_of(np.where(images < 50, wrong, labels), labels)
    nested = evaluation_of(np.where(images < 45, wrong, labels), labels)
    other = evaluation_of(np.where((images >= 50) & (images < 95), wrong, labels), labels)
    # Five images better both times; the one is right wherever the first is, the other is not.
    assert compare(first, nested).accuracy_difference == pytest.approx(0.0005)
    assert compare(first, other).accuracy_difference == pytest.approx(0.0005)
    assert compare(first, nested).p_value == 2 / 2**5
    assert compare(first, other).p_value > 0.6


def test_holm_s_correction_is_done_step_by_step():
    # Smallest first: 0.005 * 4, 0.01 * 3, 0.03 * 2, and never less than the one before.
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([0.6, 0.7]) == [1, 1]
    assert holm([0.04]) == [0.04]
    assert holm([]) == []


def test_of_two_models_as_good_one_in_twenty_is_told_apart_at_most():
    random = np.random.default_rng(3)
    ones = random.binomial(40, 0.5, 3000)
    share = np.mean([sign_test(int(one), 40 - int(one)) < 0.05 for one in ones])
    assert 0.02 < share <= 0.055


def measured(number, dataset, wrong, count=1000):
    labels = np.arange(count) % 10
    predicted = np.where(np.arange(count) < wrong, (labels + 1) % 10, labels)
    evaluation = evaluation_of(predicted, labels)
    return Measured(number, f"model {number}", dataset, "test", evaluation, {})


def test_each_further_model_is_compared_with_the_first_on_each_dataset():
    one = [measured(1, "one", 100), measured(2, "one", 80), measured(3, "one", 95)]
    other = [measured(1, "other", 50), measured(2, "other", 53), measured(3, "other", 50)]
    report = Report(("1", "2", "3"), 2, [one, other])

    found = comparisons(report)

    assert [(each.measured, each.reference) for each in found] == [
        (one[1], one[0]),
        (one[2], one[0]),
        (other[1], other[0]),
        (other[2], other[0]),
    ]
    # Only one of two is wrong on 20, 5, 3 and no images.
    p_values = [2 * 0.5**20, 2 * 0.5**5, 2 * 0.5**3, 1]
    assert [each.comparison.p_value for each in found] == pytest.approx(p_values)
    # Times 4, 3 and 2, as there are that many left to test.
    adjusted = [4 * p_values[0], 3 * p_values[1], 2 * p_values[2], 1]
    assert [each.adjusted for each in found] == pytest.approx(adjusted)
    assert [each.significant for each in found] == [True, False, False, False]


def test_one_in_twenty_is_not_significant_and_less_is():
    parts = measured(2, "one", 0), measured(1, "one", 0)
    comparison = compare(parts[1].evaluation, parts[0].evaluation)
    assert not Compared(*parts, comparison, 0.05).significant
    assert Compared(*parts, comparison, 0.0499).significant
