"""Light: what stays, what is inverted, and what fog looks like."""

from __future__ import annotations

import numpy as np
import pytest

from mnistkit.evaluation.corruptions import corrupt
from mnistkit.evaluation.corruptions.light import plasma


@pytest.fixture(scope="module")
def images(sample):
    return sample.images[:100]


def test_all_is_half_of_white_brighter(images):
    received = corrupt(images, "brightness").astype(int)
    np.testing.assert_allclose(received, np.minimum(images + 127.5, 255), rtol=0, atol=0.5)


def test_seven_columns_on_each_side_are_inverted(images):
    striped = corrupt(images, "stripe")
    np.testing.assert_array_equal(striped[:, :, 7:21], images[:, :, 7:21])
    for side in (slice(0, 7), slice(21, 28)):
        np.testing.assert_array_equal(striped[:, :, side], 255 - images[:, :, side])


def test_fog_takes_three_quarters_of_the_contrast_and_lies_everywhere(images):
    foggy = corrupt(images, "fog").astype(float)
    white = images.max(axis=(1, 2)) == 255
    ink, paper = images == 255, images == 0
    contrasts = [
        image[i].mean() - image[p].mean()
        for image, i, p in zip(foggy[white], ink[white], paper[white], strict=True)
    ]
    assert np.mean(contrasts) == pytest.approx(255 / 4, abs=4)
    assert foggy[paper].mean() > 50
    assert foggy.max() <= 255


def test_a_cloud_is_smooth_joins_at_its_edges_and_is_rough_at_every_scale():
    cloud = plasma(np.random.default_rng(1)).astype(float)
    assert cloud.shape == (256, 256)
    assert (cloud.min(), cloud.max()) == (0, 1)
    seam = np.abs(cloud[:, 0] - cloud[:, -1]).mean()
    inside = np.abs(np.diff(cloud, axis=1)).mean()
    assert seam == pytest.approx(inside, rel=0.3)
    # Twice as far apart, points differ about 1.4**2 times as much.
    steps = [np.abs(cloud - np.roll(cloud, step, axis=0)).mean() for step in (2, 4, 8, 16)]
    growth = np.divide(steps[1:], steps[:-1])
    assert growth == pytest.approx(1.9, abs=0.25)
