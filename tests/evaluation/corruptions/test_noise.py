"""Noise, by its statistics."""

from __future__ import annotations

import numpy as np
import pytest

from mnistkit.evaluation.corruptions import corrupt


def test_shot_noise_counts_photons(sample):
    grey = np.full((60, 28, 28), 102, np.uint8)
    noisy = corrupt(grey, "shot_noise")
    # At most three photons are told apart: 0, 1/3, 2/3 and 1 of white.
    levels, counts = np.unique(noisy, return_counts=True)
    assert levels.tolist() == [0, 85, 170, 255]
    mean = 3 * 102 / 255
    shares = [np.exp(-mean) * mean**k / factor for k, factor in enumerate((1, 1, 2))]
    np.testing.assert_allclose(counts[:3] / noisy.size, shares, atol=0.01)
    black = sample.images[:60] == 0
    assert corrupt(sample.images[:60], "shot_noise")[black].max() == 0


def test_impulse_noise_makes_seventeen_in_a_hundred_black_or_white():
    grey = np.full((60, 28, 28), 100, np.uint8)
    noisy = corrupt(grey, "impulse_noise")
    shares = [(noisy == level).mean() for level in (0, 100, 255)]
    assert shares == pytest.approx([0.085, 0.83, 0.085], abs=0.006)
    assert sum(shares) == 1
