"""Images that are no digit, of every kind."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from mnistkit.training.augmentation.non_digits import (
    KINDS,
    letters,
    make_non_digits,
    pairs,
    patchworks,
)


@pytest.fixture(scope="module")
def ink(sample):
    return sample.images[:50].astype(np.float32) / 255


BY_NAME = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)


@BY_NAME
@pytest.mark.parametrize("count", [0, 1, 2, 5, 40])
def test_each_kind_makes_as_many_as_it_should(ink, kind, count):
    made = kind(ink, count, np.random.default_rng(0))
    assert made.shape == (count, 28, 28)
    assert made.min(initial=0) >= 0
    assert made.max(initial=0) <= 1
    assert np.isfinite(made).all()


@BY_NAME
def test_each_kind_is_inked_and_drawn_by_the_seed(ink, kind):
    one, again, other = (kind(ink, 40, np.random.default_rng(seed)) for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, again)
    assert (one != other).any(axis=(1, 2)).mean() > 0.8
    assert np.mean(one.sum(axis=(1, 2)) > 10) > 0.9


@BY_NAME
def test_one_digit_is_enough_to_make_them_of(ink, kind):
    assert kind(ink[:1], 3, np.random.default_rng(0)).shape == (3, 28, 28)


@pytest.mark.parametrize("count", [0, 1, 2, 3, 5, 16])
def test_as_many_non_digits_come_as_were_asked_for(ink, count):
    for seed in range(5):
        made = make_non_digits(ink, count, np.random.default_rng(seed))
        assert made.shape == (count, 28, 28)


def test_all_kinds_come_about_equally_often(ink, monkeypatch):
    asked = Counter()

    def counting(kind):
        def make(digits, count, random):
            asked[kind.__name__] += count
            return kind(digits, count, random)

        return make

    monkeypatch.setitem(make_non_digits.__globals__, "KINDS", tuple(map(counting, KINDS)))
    make_non_digits(ink, 1000, np.random.default_rng(0))
    assert len(asked) == len(KINDS)
    assert min(asked.values()) > 150
    assert max(asked.values()) < 250


def test_a_pair_is_two_digits_apart(ink):
    made = pairs(ink, 100, np.random.default_rng(0))
    halves = [np.split(made, 2, axis=axis) for axis in (1, 2)]
    inked = [[half.sum(axis=(1, 2)) > 5 for half in pair] for pair in halves]
    beside = inked[1][0] & inked[1][1]
    above = inked[0][0] & inked[0][1]
    assert (beside | above).all()
    # Side by side, the middle column is emptier than the digits to its sides.
    profile = made.sum(axis=1).mean(axis=0)
    assert profile[13:15].mean() < profile[5:10].mean()
    assert profile[13:15].mean() < profile[18:23].mean()


def test_a_patchwork_has_the_ink_of_digits_only(ink):
    made = patchworks(ink, 40, np.random.default_rng(0))
    known = np.concatenate([ink, ink[:, ::-1]])
    for image in made:
        owned = known == image
        assert owned.any(axis=0).all()
        assert not owned.all(axis=(1, 2)).any()


def test_letters_are_fitted_like_digits(ink):
    made = letters(ink, 60, np.random.default_rng(0))
    inked = made > 0
    assert not inked[:, :4].any()
    assert not inked[:, :, :3].any()
    for image in inked:
        rows, columns = np.nonzero(image)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 >= 19
    assert len(np.unique(made, axis=0)) > 40
