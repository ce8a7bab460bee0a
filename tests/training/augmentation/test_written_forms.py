"""Digits drawn anew: ones with flags, fours in a loop, nines like a p."""

from __future__ import annotations

import numpy as np
import pytest

from mnistkit.training.augmentation.written_forms import FORMS, draw_curves


@pytest.mark.parametrize("label", FORMS)
def test_a_form_fills_its_image_and_follows_from_the_seed(label):
    once, again = (FORMS[label](100, np.random.default_rng(2)) for _ in range(2))
    np.testing.assert_array_equal(once, again)
    assert once.shape == (100, 28, 28)
    assert once.dtype == np.float32
    assert once.min() == 0
    assert once.max() <= 1
    rows = (once > 0.5).any(axis=2).sum(axis=1)
    assert rows.min() >= 14
    assert len(np.unique(once, axis=0)) == 100


@pytest.mark.parametrize("label", FORMS)
def test_none_of_a_form_is_no_image(label):
    assert FORMS[label](0, np.random.default_rng(0)).shape == (0, 28, 28)


def test_the_flag_of_a_one_is_at_the_top_left():
    mean = FORMS["1"](200, np.random.default_rng(0)).mean(axis=0)
    assert mean[3:11, :10].sum() > 2 * mean[3:11, 19:].sum()
    assert mean[10:18, :10].sum() < 0.5 * mean[3:11, :10].sum()


def test_a_looped_four_is_open_at_the_top_and_ends_in_one_stem():
    mean = FORMS["4"](200, np.random.default_rng(0)).mean(axis=0)
    assert mean[20:26].argmax(axis=1) == pytest.approx(np.full(6, 13), abs=3)
    assert mean[5:8, 13].max() < 0.4


def test_a_curve_goes_along_its_control_points():
    straight = np.linspace((4, 14), (24, 14), 6, dtype=np.float32)[None]
    drawn = draw_curves(straight, np.array([2.0]))[0]
    assert (drawn[8:20, 14] == 1).all()
    assert drawn[:, :12].max() == drawn[:, 17:].max() == 0
