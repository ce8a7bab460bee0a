"""Degradations of training images: random, seeded, and mild enough to leave a digit readable."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest

import mnistkit.training
from mnistkit.training.augmentation.degradations import DEGRADATIONS, degrade
from mnistkit.training.augmentation.degradations.light import clouds
from mnistkit.training.augmentation.degradations.marks import inverted_part
from mnistkit.training.augmentation.degradations.optics import gaussian_blur
from mnistkit.training.augmentation.degradations.reproduction import few_greys

EACH = pytest.mark.parametrize("degradation", DEGRADATIONS, ids=lambda each: each.__name__)


@pytest.fixture
def ink(sample):
    return sample.images[:200].astype(np.float32) / 255


@EACH
def test_it_follows_from_the_seed_and_leaves_its_input_alone(ink, degradation):
    before = ink.copy()
    once, again = (degradation(ink, np.random.default_rng(3)) for _ in range(2))
    np.testing.assert_array_equal(ink, before)
    np.testing.assert_array_equal(once, again)
    assert once.shape == ink.shape
    assert once.dtype == np.float32
    assert np.isfinite(once).all()


@EACH
def test_it_changes_nearly_all_images_each_in_its_own_way(ink, degradation):
    same = np.repeat(ink[:1], 100, axis=0)
    changed = np.clip(degradation(same, np.random.default_rng(0)), 0, 1)
    assert np.mean(np.abs(changed - same).max(axis=(1, 2)) > 0.02) > 0.8
    assert len(np.unique(np.rint(255 * changed), axis=0)) > 50


@EACH
@pytest.mark.parametrize("fill", [0, 1])
def test_it_takes_images_without_any_contrast(degradation, fill):
    even = np.full((3, 28, 28), fill, np.float32)
    assert np.isfinite(degradation(even, np.random.default_rng(0))).all()


def test_the_share_is_degraded_and_the_rest_stays_as_it_is(ink):
    degraded = degrade(ink, 0.6, np.random.default_rng(0))
    assert degraded.min() >= 0
    assert degraded.max() <= 1
    assert degraded.dtype == np.float32
    assert np.mean((degraded != ink).any(axis=(1, 2))) == pytest.approx(0.6, abs=0.1)
    np.testing.assert_array_equal(degrade(ink, 0, np.random.default_rng(0)), ink)


def test_a_digit_of_three_degradations_is_still_related_to_what_it_was(ink):
    degraded = degrade(ink, 1, np.random.default_rng(0))
    related = [np.corrcoef(a.ravel(), b.ravel())[0, 1] for a, b in zip(ink, degraded, strict=True)]
    assert np.median(related) > 0.5


def test_a_gaussian_blur_is_that_of_opencv(ink):
    cv2 = pytest.importorskip("cv2")
    middle = np.zeros((1, 28, 28), np.float32)
    middle[0, 10:18, 10:18] = ink[0, 10:18, 10:18]
    expected = cv2.GaussianBlur(middle[0], (13, 13), 1.2)
    blurred = gaussian_blur(middle, np.full((1, 1, 1), 1.2, np.float32))[0]
    np.testing.assert_allclose(blurred, expected, atol=1e-3)


def test_clouds_span_black_to_white_and_are_smooth():
    made = clouds(50, np.random.default_rng(0))
    assert (made.min(axis=(1, 2)) == 0).all()
    np.testing.assert_allclose(made.max(axis=(1, 2)), 1)
    assert np.abs(np.diff(made, axis=2)).mean() < 0.1


def test_a_part_is_inverted_and_the_rest_is_not():
    black = np.zeros((100, 28, 28), np.float32)
    white = inverted_part(black, np.random.default_rng(0)).mean(axis=(1, 2))
    assert white.min() < 0.3
    assert white.max() > 0.7


def test_few_greys_are_two_to_seven(ink):
    changed = few_greys(ink, np.random.default_rng(0))
    assert all(len(np.unique(image)) <= 7 for image in changed)


def test_no_code_of_training_knows_the_corruptions_that_models_are_tested_with():
    folder = Path(mnistkit.training.__file__).parent
    for file in folder.rglob("*.py"):
        assert not re.search(r"import.*corruption|from.*corruption", file.read_text()), file
