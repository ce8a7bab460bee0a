"""What pens do to strokes: in the right direction, and to as many images as they should."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage

from mnistkit.training.augmentation.pens import Pen, write_with

CENTRE = 14
OUTER = np.pad(np.zeros((22, 22), bool), 3, constant_values=True)
PLAIN = Pen(thicken=0, thin=0, blur=0, crisp=0, fade=0, specks=0)


@pytest.fixture(scope="module")
def ink(sample):
    return sample.images[:200].astype(np.float32) / 255


def written(ink, seed=0, **changes):
    return write_with(ink, replace(PLAIN, **changes), np.random.default_rng(seed))


def mass(ink):
    return ink.sum(axis=(1, 2))


def changed(ink, received):
    return np.abs(received - ink).max(axis=(1, 2)) > 1e-6


def test_a_plain_pen_changes_nothing(ink):
    received = written(ink)
    assert received.dtype == np.float32
    np.testing.assert_allclose(received, ink, rtol=0, atol=1e-6)


@pytest.mark.parametrize("thicken", [0.5, 1, 1.3, 2])
def test_a_thick_pen_adds_ink_and_no_more_than_its_width(ink, thicken):
    received = written(ink, thicken=thicken)
    assert (received >= ink - 1e-6).all()
    assert np.mean(mass(received) > mass(ink)) > 0.9
    for image, found in zip(ink, received, strict=True):
        reach = ndimage.grey_dilation(image, (5, 5) if thicken > 1 else (3, 3))
        assert (found <= reach + 1e-6).all()


def test_a_thin_pen_takes_ink_away_and_leaves_some(ink):
    received = written(ink, thin=0.6)
    assert (received <= ink + 1e-6).all()
    assert np.mean(mass(received) < mass(ink)) > 0.9
    assert mass(received).min() > 0.2 * mass(ink).min()


def test_blur_keeps_the_ink_and_softens_it(ink):
    received = written(ink, blur=1)
    np.testing.assert_allclose(mass(received), mass(ink), rtol=0.01)
    sharpness = [np.abs(np.diff(images, axis=2)).sum(axis=(1, 2)) for images in (received, ink)]
    assert (sharpness[0] < sharpness[1]).all()
    binomial = np.outer([1, 4, 6, 4, 1], [1, 4, 6, 4, 1]) / 256
    # The edge cuts the blur off, once a round.
    inner = [index for index, image in enumerate(ink) if not np.any(image * OUTER)]
    assert len(inner) > 100
    for image, found in zip(ink[inner], received[inner], strict=True):
        soft = ndimage.convolve(image, binomial, mode="constant")
        share = ((found - image) * (soft - image)).sum() / ((soft - image) ** 2).sum()
        assert 0.3 <= share <= 1
        np.testing.assert_allclose(found, image + share * (soft - image), rtol=0, atol=1e-5)


def test_a_crisp_pen_brings_greys_to_black_or_white(ink):
    received = written(ink, crisp=1)
    greys = [np.mean((images > 0.1) & (images < 0.9)) for images in (received, ink)]
    assert greys[0] < 0.7 * greys[1]


def test_a_fading_pen_leaves_strokes_weak_or_uneven_and_never_gone(ink):
    received = written(ink, fade=1)
    peaks = received.max(axis=(1, 2)) / ink.max(axis=(1, 2))
    assert peaks.min() >= 0.54
    assert peaks.min() < 0.7
    assert peaks.max() > 0.9
    np.testing.assert_array_equal(received[ink == 0], 0)


def test_specks_add_ink_near_the_edge_only(ink):
    received = written(ink, specks=1)
    assert (received >= ink).all()
    assert np.mean(mass(received) > mass(ink)) > 0.8
    rows, columns = np.nonzero((received > ink).any(axis=0))
    assert np.hypot(rows - CENTRE, columns - CENTRE).min() > 5


@pytest.mark.parametrize("share", [0.1, 0.3, 0.7])
@pytest.mark.parametrize("kind", ["blur", "crisp", "fade", "specks"])
def test_as_many_images_are_changed_as_the_share_says(ink, kind, share):
    received = written(ink, **{kind: share})
    expected = {"fade": 1 - (1 - share) ** 2}.get(kind, share)
    assert np.mean(changed(ink, received)) == pytest.approx(expected, abs=0.15)


@pytest.mark.parametrize("count", [0, 1, 5])
def test_ink_stays_between_none_and_full_in_batches_of_any_size(ink, count):
    pen = Pen(thicken=1.3, thin=0.6, blur=0.5, crisp=0.5, fade=0.5, specks=0.5)
    received = write_with(ink[:count], pen, np.random.default_rng(0))
    assert received.shape == (count, 28, 28)
    assert received.min(initial=0) >= 0
    assert received.max(initial=0) <= 1 + 1e-6
