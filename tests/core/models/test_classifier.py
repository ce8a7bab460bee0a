"""What a classifier answers, and what it refuses to pass on as an answer."""

from __future__ import annotations

import numpy as np
import pytest

from mnistkit.core.models.card import Card
from mnistkit.core.models.classifier import Classifier
from mnistkit.errors import ModelError, UsageError

CARD = Card("0", ("a", "b"), "numpy", (), None, "digit", None)
IMAGES = np.zeros((40, 28, 28), np.uint8)


def even(images):
    """Probabilities that fit."""
    return np.full((len(images), 2), 0.5, np.float32)


def test_batches_are_joined():
    assert Classifier(CARD, even).predict(IMAGES).shape == (40, 2)
    assert Classifier(CARD, even).predict(IMAGES[:0]).shape == (0, 2)


def fail(_images):
    raise RuntimeError("first line\nsecond line")


def fail_without_a_word(_images):
    raise RuntimeError


WRONG = {
    "an error": (fail, r"fails on an image \(first line\)"),
    "an error without a message": (fail_without_a_word, r"fails on an image \(RuntimeError\)"),
    "nothing": (lambda _images: None, "received NoneType"),
    "a list": (lambda images: even(images).tolist(), "received list"),
    "a row too few": (lambda images: even(images)[1:], r"shape \(32, 2\), received .* \(31, 2\)"),
    "no rows": (lambda images: even(images)[:0], r"received float32 of shape \(0, 2\)"),
    "a column too many": (lambda images: np.zeros((len(images), 3), np.float32), r"\(32, 3\)"),
    "a row for all": (lambda _images: np.full(2, 0.5, np.float32), r"of shape \(2,\)"),
    "a number": (lambda _images: np.float32(1), r"of shape \(\)"),
    "float64": (lambda images: even(images).astype(float), "received float64"),
    "strings": (lambda images: even(images).astype(str), "received <U"),
}


@pytest.mark.parametrize("wrong", WRONG)
@pytest.mark.parametrize("asked", ["predict", "raw_predict"])
def test_a_model_that_fails_or_answers_in_another_form_is_refused(wrong, asked):
    infer, said = WRONG[wrong]
    with pytest.raises(ModelError, match=said) as refused:
        getattr(Classifier(CARD, infer), asked)(IMAGES)
    assert "\n" not in str(refused.value)
    assert refused.value.exit_code == 3


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_no_numbers_are_no_answer(value):
    def infer(images):
        rows = even(images)
        rows[-1, 0] = value
        return rows

    classifier = Classifier(CARD, infer)
    with pytest.raises(ModelError, match="not numbers; train it again"):
        classifier.predict(IMAGES)
    with pytest.raises(ModelError, match="not numbers"):
        classifier.label(np.pad(np.full((20, 4), 0, np.uint8), 30, constant_values=255))
    assert classifier.raw_predict(IMAGES).shape == (40, 2)


def test_a_refusal_of_the_project_s_own_stays_what_it_is():
    def infer(_images):
        raise UsageError("as it is")

    with pytest.raises(UsageError, match=r"^as it is$"):
        Classifier(CARD, infer).predict(IMAGES)
