"""Turning, shearing, stretching and bending: where the ink goes, compared with SciPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage
from scipy.interpolate import BSpline

from mnistkit.core.image_batches import sample
from mnistkit.training.augmentation.distortion import (
    Distortion,
    centres_of_mass,
    distort,
    smooth_weights,
)

STILL = Distortion(rotation=0, shear=0, scale=(1, 1), aspect=0, shift=0, bend=0)
CENTRE = 14


@pytest.fixture(scope="module")
def ink(sample):
    return sample.images[:60].astype(np.float32) / 255


def test_sampling_is_bilinear_with_nothing_outside(ink):
    places = np.random.default_rng(0).uniform(-4, 32, (2, *ink.shape)).astype(np.float32)
    received = sample(ink, places[0], places[1])
    for image, rows, columns, found in zip(ink, *places, received, strict=True):
        # SciPy's own outside begins at the last pixel; with a border of nothing it fades there.
        expected = ndimage.map_coordinates(np.pad(image, 6), [rows + 6, columns + 6], order=1)
        np.testing.assert_allclose(found, expected, rtol=0, atol=1e-5)


def test_sampling_every_pixel_in_its_place_changes_nothing(ink):
    rows, columns = np.broadcast_to(np.indices((28, 28), np.float32)[:, None], (2, *ink.shape))
    np.testing.assert_array_equal(sample(ink, rows, columns), ink)


def test_the_centre_of_mass_is_scipy_s_and_of_an_empty_image_the_middle(ink):
    expected = [ndimage.center_of_mass(image) for image in ink.astype(np.float64)]
    np.testing.assert_allclose(centres_of_mass(ink), expected, rtol=0, atol=1e-4)
    empty = np.zeros((1, 28, 28), np.float32)
    np.testing.assert_array_equal(centres_of_mass(empty), [[CENTRE, CENTRE]])


def moved(ink, distortion, seed=0):
    return distort(ink, distortion, np.random.default_rng(seed))


def mass_offset(ink):
    centres = np.array([ndimage.center_of_mass(image) for image in ink])
    return np.abs(centres - CENTRE).max()


def test_without_any_distortion_an_image_is_only_centred(ink):
    received = moved(ink, STILL)
    assert mass_offset(received) < 0.05
    np.testing.assert_allclose(received.sum(axis=(1, 2)), ink.sum(axis=(1, 2)), rtol=0.02)


@pytest.mark.parametrize(
    "change",
    [{"rotation": 15}, {"shear": 0.3}, {"scale": (0.72, 1.15)}, {"aspect": 0.3}],
    ids=str,
)
def test_the_centre_of_mass_stays_whatever_is_turned_sheared_or_stretched(ink, change):
    assert mass_offset(moved(ink, replace(STILL, **change))) < 0.3


@pytest.mark.parametrize("shift", [1, 2.5])
def test_the_centre_of_mass_moves_by_the_shift_at_most_and_in_all_directions(ink, shift):
    received = moved(ink, replace(STILL, shift=shift))
    centres = centres_of_mass(received) - CENTRE
    assert np.abs(centres).max() <= shift + 0.1
    assert (centres.min(axis=0) < -0.7 * shift).all()
    assert (centres.max(axis=0) > 0.7 * shift).all()


def extents(ink):
    """Standard deviations of the ink in rows and columns, and the correlation of both."""
    axis = np.arange(28) - CENTRE
    weights = ink / ink.sum(axis=(1, 2), keepdims=True)
    rows = (weights.sum(axis=2) * axis**2).sum(axis=1)
    columns = (weights.sum(axis=1) * axis**2).sum(axis=1)
    both = np.einsum("nij,i,j->n", weights, axis, axis)
    return rows, columns, both


def test_the_scale_is_that_of_the_digit(ink):
    before = extents(moved(ink, STILL))
    for factor in (0.72, 0.9):
        after = extents(moved(ink, replace(STILL, scale=(factor, factor))))
        for was, now in zip(before[:2], after[:2], strict=True):
            np.testing.assert_allclose(now / was, factor**2, rtol=0.08)


def test_a_bar_is_turned_by_the_rotation_at_most(ink):
    bar = np.zeros((200, 28, 28), np.float32)
    bar[:, 6:23, 13:16] = 1
    rows, columns, both = extents(moved(bar, replace(STILL, rotation=15)))
    angles = np.degrees(0.5 * np.arctan2(2 * both, rows - columns))
    assert np.abs(angles).max() <= 15.5
    assert angles.min() < -12
    assert angles.max() > 12
    assert np.abs(np.degrees(0.5 * np.arctan2(*extents(ink)[1:]))).max() > 0


def test_an_empty_image_stays_empty():
    empty = np.zeros((3, 28, 28), np.float32)
    full = Distortion(rotation=15, shear=0.3, scale=(0.7, 1.2), aspect=0.3, shift=2.5, bend=1)
    np.testing.assert_array_equal(moved(empty, full), empty)


def test_bending_moves_strokes_and_not_the_amount_of_ink(ink):
    straight, bent = moved(ink, STILL), moved(ink, replace(STILL, bend=1.1))
    assert np.abs(bent - straight).max(axis=(1, 2)).mean() > 0.3
    ratio = bent.sum(axis=(1, 2)) / straight.sum(axis=(1, 2))
    assert ratio.mean() == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("points", [4, 5, 9, 19])
def test_the_weights_are_cubic_b_splines_and_sum_to_one_within(points):
    weights = smooth_weights(points)
    assert weights.dtype == np.float32
    spline = BSpline.basis_element(np.arange(-2, 3), extrapolate=False)
    places = np.linspace(0, points - 1, 28)
    expected = np.nan_to_num(spline(places[:, None] - np.arange(points)))
    np.testing.assert_allclose(weights, expected, rtol=0, atol=1e-6)
    inner = (places >= 1) & (places <= points - 2)
    np.testing.assert_allclose(weights[inner].sum(axis=1), 1, rtol=1e-5)
