"""Geometry: where ink goes, against SciPy and by its moments."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

from mnistkit.evaluation.corruptions import corrupt

# Row first, from an offset in the result to one in the source, for either side.
MAPS = {
    "rotate": [[[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]] for a in (0.4, -0.4)],
    "shear": [[[math.cos(a), 0], [-math.sin(a), 1]] for a in (0.4, -0.4)],
    "scale": [np.eye(2) / 0.7],
}


@pytest.fixture(scope="module")
def images(sample):
    return sample.images[:40]


@pytest.mark.parametrize("name", MAPS)
def test_each_image_is_mapped_about_its_middle_to_one_side_or_the_other(images, name):
    # SciPy's own outside begins at the last pixel; with a border of nothing it fades there.
    padded = np.pad(images, ((0, 0), (20, 20), (20, 20))).astype(float)
    middle = 33.5 * np.ones(2)
    expected = [
        [ndimage.affine_transform(image, m, middle - m @ middle, order=1) for image in padded]
        for m in map(np.asarray, MAPS[name])
    ]
    received = corrupt(images, name)
    differences = [np.abs(np.array(e)[:, 20:48, 20:48] - received) for e in expected]
    fits = np.array([difference.max(axis=(1, 2)) < 0.51 for difference in differences])
    assert fits.sum(axis=0).tolist() == [1] * len(images)
    assert fits.any(axis=1).all()


def test_scaling_keeps_the_middle_and_half_of_the_ink(images):
    small = corrupt(images, "scale").astype(float)
    assert small.sum() / images.sum() == pytest.approx(0.7**2, rel=0.03)
    for before, after in zip(images, small, strict=True):
        offset = np.array(ndimage.center_of_mass(before)) - 13.5
        assert np.array(ndimage.center_of_mass(after)) - 13.5 == pytest.approx(
            0.7 * offset, abs=0.3
        )


def test_translating_shifts_by_three_rows_and_three_columns(images):
    moved = corrupt(images, "translate")
    shifts = []
    for before, after in zip(images, moved, strict=True):
        found = [
            (down, right)
            for down in (-3, 3)
            for right in (-3, 3)
            if (ndimage.shift(before, (down, right), order=0) == after).all()
        ]
        assert len(found) == 1
        shifts += found
    assert len(set(shifts)) == 4
