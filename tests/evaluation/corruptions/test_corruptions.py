"""What holds for every corruption: same images again, each by itself, still the same digit."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsClassifier

from mnistkit.evaluation.corruptions import CORRUPTIONS, corrupt

# In the order of the paper's figure 1 and of its code.
PAPER = [
    "shot_noise",
    "impulse_noise",
    "glass_blur",
    "motion_blur",
    "shear",
    "scale",
    "rotate",
    "brightness",
    "translate",
    "stripe",
    "fog",
    "spatter",
    "dotted_line",
    "zigzag",
    "canny_edges",
]
ALIKE = {"scale", "brightness", "stripe", "canny_edges"}
"""Corruptions in which nothing is random."""


@pytest.fixture(scope="module")
def images(sample):
    return sample.images[:40]


def test_they_are_the_fifteen_of_the_paper():
    assert list(CORRUPTIONS) == PAPER


@pytest.mark.parametrize("name", PAPER)
def test_an_image_comes_out_the_same_whatever_stands_beside_it(images, name):
    before = images.copy()
    whole = corrupt(images, name)
    assert whole.dtype == np.uint8
    assert whole.shape == images.shape
    np.testing.assert_array_equal(images, before)
    np.testing.assert_array_equal(corrupt(images[:7], name), whole[:7])
    np.testing.assert_array_equal(corrupt(images[7:], name, first=7), whole[7:])
    assert all((changed != image).any() for changed, image in zip(whole, images, strict=True))


@pytest.mark.parametrize("name", PAPER)
def test_chance_differs_from_image_to_image(images, name):
    twins = corrupt(np.repeat(images[:1], 24, axis=0), name)
    different = len(np.unique(twins, axis=0))
    # Two ways to lean or turn, four to shift, and many of the rest.
    expected = {"shear": 2, "rotate": 2, "translate": 4}.get(name, 1 if name in ALIKE else 20)
    assert different >= expected
    assert (different == expected) == (expected < 20)


@pytest.mark.parametrize("name", PAPER)
def test_who_has_seen_others_so_corrupted_can_still_read_the_digit(sample, name):
    images = corrupt(sample.images[:500], name).reshape(500, -1).astype(float)
    labels = sample.class_indices[:500]
    reader = KNeighborsClassifier(3, metric="cosine").fit(images[:350], labels[:350])
    # Chance has 0.1.
    assert reader.score(images[350:], labels[350:]) > 0.5


@pytest.mark.parametrize("level", [0, 255], ids=["black", "white"])
@pytest.mark.parametrize("name", PAPER)
def test_an_image_of_one_level_is_no_trouble(name, level):
    plain = np.full((2, 28, 28), level, np.uint8)
    with np.errstate(all="raise", under="ignore"):
        assert corrupt(plain, name).dtype == np.uint8
