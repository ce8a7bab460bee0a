"""The confidence of a digit grows with all that speaks for it."""

from __future__ import annotations

import numpy as np
import pytest
from detected import found, row, together

from mnistkit.reading.confidence import confidences


def of_first(marks, **fields):
    for name, value in fields.items():
        getattr(marks, name)[0] = value
    return confidences(marks)[0]


def test_confidences_are_probabilities_and_grow_with_the_heat():
    told = [of_first(found("123", row("123")), heat=heat) for heat in np.linspace(0, 1, 50)]
    assert 0 <= min(told) < 0.1
    assert 0.9 < max(told) <= 1
    assert (np.diff(told) >= 0).all()


def test_a_digit_that_may_be_another_is_less_sure():
    told = [confidences(found("123", row("123"), sure))[0] for sure in (0.3, 0.6, 0.9, 0.99)]
    assert told == sorted(set(told))


def test_a_digit_among_letters_is_less_sure_than_one_among_digits():
    alone, among_digits, among_letters = (
        confidences(found(text, row(text)))[0] for text in ("1", "1234", "1ABC")
    )
    assert among_letters < min(alone, among_digits)


@pytest.mark.parametrize("letters", ["A", "ABC", "ABCDEFGH"])
def test_a_digit_on_a_page_of_letters_is_less_sure(letters):
    digits = found("123", row("123"), 0.7)
    digits.heat[:] = 0.6
    both = together(digits, found(letters, row(letters, y=600)))
    assert (confidences(both)[:3] < confidences(digits)).all()


def test_what_is_no_digit_has_no_confidence_as_one():
    assert confidences(found("1A2", row("1A2"))).tolist()[1] == 0


def test_nothing_has_no_confidences():
    assert confidences(found("", [])).shape == (0,)
