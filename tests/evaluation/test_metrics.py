"""The measures, against scikit-learn, SciPy and slow loops."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest
from sklearn import metrics

from mnistkit.core.models.classifier import Classifier
from mnistkit.errors import UsageError
from mnistkit.evaluation.metrics import Evaluation, evaluate, wilson_interval

NAMES = tuple("0123456789")


def evaluation_of(probabilities, class_indices, names=NAMES):
    return Evaluation(names, np.asarray(probabilities, np.float32), np.asarray(class_indices))


def random_evaluation(*, never_predicted=(), without_images=(), sharpness=2.0):
    random = np.random.default_rng(5)
    class_indices = random.choice([i for i in range(10) if i not in without_images], 700)
    scores = random.normal(size=(700, 10)) + sharpness * np.eye(10)[class_indices]
    scores[:, list(never_predicted)] = -9
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return evaluation_of(probabilities, class_indices)


EVALUATIONS = {
    "some errors": random_evaluation(),
    "a class never predicted": random_evaluation(never_predicted=[3]),
    "a class without images": random_evaluation(without_images=[7]),
    "a class with neither": random_evaluation(never_predicted=[0], without_images=[0]),
    "nearly all right": random_evaluation(sharpness=6),
    "all right": evaluation_of(np.eye(10), range(10)),
    "all wrong": evaluation_of(np.eye(10), [*range(1, 10), 0]),
    "one image": evaluation_of([[0.1] * 9 + [0.15]], [9]),
    "edges of the bins": evaluation_of(
        [[k / 15, 1 - k / 15] + [0] * 8 for k in range(16)], [0, 1] * 8
    ),
}


@pytest.fixture(params=EVALUATIONS.values(), ids=EVALUATIONS.keys())
def evaluation(request):
    return request.param


def calibration_error(evaluation):
    total = 0.0
    for number in range(15):
        low, high = number / 15, (number + 1) / 15
        inside = [
            (float(row.max()), int(row.argmax()) == right)
            for row, right in zip(evaluation.probabilities, evaluation.class_indices, strict=True)
            if low < float(row.max()) <= high
        ]
        if inside:
            confidence = sum(confidence for confidence, _ in inside) / len(inside)
            accuracy = sum(right for _, right in inside) / len(inside)
            total += len(inside) / evaluation.count * abs(accuracy - confidence)
    return total


def test_accuracy_and_errors_agree_with_scikit_learn(evaluation):
    right, predicted = evaluation.class_indices, evaluation.probabilities.argmax(axis=1)
    assert evaluation.accuracy == pytest.approx(metrics.accuracy_score(right, predicted))
    assert evaluation.error_count == metrics.zero_one_loss(right, predicted, normalize=False)
    assert evaluation.count == len(right)


def test_the_accuracy_is_the_nearest_number_to_its_share():
    evaluation = evaluation_of(np.eye(10)[[0, 1, 2]], [0, 1, 3])
    assert evaluation.accuracy == 2 / 3


def test_per_class_measures_agree_with_scikit_learn(evaluation):
    right, predicted = evaluation.class_indices, evaluation.probabilities.argmax(axis=1)
    expected = metrics.precision_recall_fscore_support(
        right, predicted, labels=range(10), zero_division=np.nan
    )
    rows = evaluation.per_class
    assert [row.label for row in rows] == list(NAMES)
    for name, column in zip(("precision", "recall", "f1", "support"), expected, strict=True):
        np.testing.assert_allclose([getattr(row, name) for row in rows], column, rtol=1e-12)


def test_the_confusion_matrix_agrees_with_scikit_learn(evaluation):
    right, predicted = evaluation.class_indices, evaluation.probabilities.argmax(axis=1)
    expected = metrics.confusion_matrix(right, predicted, labels=range(10))
    np.testing.assert_array_equal(evaluation.confusion_matrix, expected)


@pytest.mark.parametrize(
    "name", ["some errors", "a class never predicted", "a class without images"]
)
def test_the_negative_log_likelihood_agrees_with_scikit_learn(name):
    evaluation = EVALUATIONS[name]
    exact = evaluation.probabilities.astype(np.float64)
    exact /= exact.sum(axis=1, keepdims=True)
    expected = metrics.log_loss(evaluation.class_indices, exact, labels=range(10))
    assert evaluation.nll == pytest.approx(expected, rel=1e-6)


def test_a_probability_of_0_or_1_gives_a_finite_likelihood():
    assert EVALUATIONS["all right"].nll == 0
    least = float(np.finfo(np.float32).tiny)
    assert EVALUATIONS["all wrong"].nll == pytest.approx(-math.log(least))


def test_the_calibration_error_agrees_with_a_loop_over_the_bins(evaluation):
    assert evaluation.ece == pytest.approx(calibration_error(evaluation), abs=1e-6)


@pytest.mark.parametrize(("name", "error"), [("all right", 0), ("all wrong", 1)])
def test_the_calibration_error_of_the_extremes(name, error):
    assert EVALUATIONS[name].ece == error


@pytest.mark.parametrize(
    ("successes", "count"),
    [(0, 1), (1, 1), (0, 10), (10, 10), (3, 10), (991, 1000), (9913, 10_000), (59_999, 60_000)],
)
def test_the_interval_agrees_with_scipy(successes, count):
    expected = binomtest(successes, count).proportion_ci(0.95, method="wilson")
    low, high = wilson_interval(successes, count)
    assert (low, high) == pytest.approx((expected.low, expected.high), abs=1e-12)
    assert 0 <= low < high <= 1


def test_the_interval_is_that_of_the_accuracy(evaluation):
    right = evaluation.count - evaluation.error_count
    expected = binomtest(right, evaluation.count).proportion_ci(0.95, method="wilson")
    assert evaluation.accuracy_interval == pytest.approx((expected.low, expected.high), abs=1e-12)


def test_top_confusions_are_the_most_frequent_mistakes(evaluation):
    predicted = evaluation.probabilities.argmax(axis=1).tolist()
    pairs = zip(evaluation.class_indices.tolist(), predicted, strict=True)
    mistakes = Counter((NAMES[row], NAMES[column]) for row, column in pairs if row != column)
    received = evaluation.top_confusions(3)
    assert [row.count for row in received] == [count for _, count in mistakes.most_common(3)]
    assert all(mistakes[row.label, row.predicted] == row.count for row in received)


def test_the_worst_mistakes_are_the_most_confident_wrong_answers(evaluation):
    wrong = [
        (-float(row.max()), position)
        for position, row in enumerate(evaluation.probabilities)
        if row.argmax() != evaluation.class_indices[position]
    ]
    assert evaluation.worst_mistakes(4).tolist() == [position for _, position in sorted(wrong)[:4]]


def test_a_classifier_is_measured_on_every_image_in_order(classifier, sample):
    part = replace(sample, images=sample.images[:300], class_indices=sample.class_indices[:300])
    result = evaluate(classifier, part)
    np.testing.assert_array_equal(result.probabilities, classifier.predict(part.images))
    np.testing.assert_array_equal(result.class_indices, part.class_indices)
    assert result.accuracy > 0.8
    assert 0 < result.seconds < 60


def test_a_thousand_classes_are_refused_in_a_line(bundled, sample):
    other = replace(bundled.card, class_names=tuple(map(str, range(1000))))
    with pytest.raises(UsageError) as refused:
        evaluate(replace(bundled, card=other), sample)
    assert "received bundled with 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 988 more;" in str(
        refused.value
    )


@pytest.mark.parametrize("names", [tuple("012345678"), tuple("9876543210"), tuple("abcdefghij")])
def test_a_model_of_other_classes_is_refused_before_it_runs(classifier, sample, names):
    def infer(_images):
        raise AssertionError

    other = Classifier(replace(classifier.card, class_names=names), infer)
    with pytest.raises(UsageError, match=", ".join(names)):
        evaluate(other, sample)


def test_probabilities_that_are_no_numbers_have_no_calibration_error():
    evaluation = evaluation_of([[0.9] + [0.1 / 9] * 9, [np.nan] * 10], [0, 0])
    assert math.isnan(evaluation.ece)
