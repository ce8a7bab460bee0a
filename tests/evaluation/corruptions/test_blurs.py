"""Blurs: where a single bright pixel goes."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from mnistkit.evaluation.corruptions import blurs, corrupt


def dots(count):
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, 14, 14] = 255
    return images


def test_glass_moves_ink_about_without_losing_it(sample):
    images = sample.images[:50]
    glass = corrupt(images, "glass_blur")
    assert glass.mean() == pytest.approx(images.mean(), rel=0.02)
    # Neighbours in a row change places twice at least; a column is also blurred.
    difference = np.abs(np.diff(glass.astype(int), axis=2)).mean()
    plain = ndimage.gaussian_filter1d(images / 255, 1, axis=1) * 255
    assert difference > 1.3 * np.abs(np.diff(plain, axis=2)).mean()


def test_the_blur_before_and_after_is_scipy_s(sample):
    ink = sample.images[:5].astype(np.float32) / 255
    expected = ndimage.gaussian_filter1d(ink, 0.7, axis=1, mode="nearest")
    np.testing.assert_allclose(blurs._blur_columns(ink), expected, atol=1e-6)  # noqa: SLF001


def test_motion_smears_a_point_to_one_side_and_keeps_its_light():
    smeared = corrupt(dots(200), "motion_blur").astype(float)
    assert smeared.sum(axis=(1, 2)) == pytest.approx(255, abs=4)
    assert smeared[:, 10:19, 10:15].sum(axis=(1, 2)).min() > 0.7 * 255
    assert smeared[:, :, 15:].max() == 0
    rows, columns = np.indices((28, 28)) - 14
    for image in smeared:
        seen = image > 0
        assert np.abs(rows[seen]).max() <= np.abs(columns[seen]).max() + 1
    tilted = [np.polyfit(columns[image > 0], rows[image > 0], 1)[0] for image in smeared]
    angles = np.degrees(np.arctan(tilted))
    assert -48 < angles.min() < -38
    assert 38 < angles.max() < 48
