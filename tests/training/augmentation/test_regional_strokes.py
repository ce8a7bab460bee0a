"""Strokes that some people write: added where they belong, and nothing taken away."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from mnistkit.training.augmentation.regional_strokes import BARRED, HABITS, draw_segments

LARGER = 16


def digits(sample, label):
    return sample.images[sample.class_indices == int(label)].astype(np.float32) / 255


@pytest.mark.parametrize("label", HABITS)
def test_a_habit_adds_ink_to_nearly_all_and_never_removes_any(sample, label):
    ink = digits(sample, label)
    before = ink.copy()
    received = HABITS[label](ink, np.random.default_rng(0))
    np.testing.assert_array_equal(ink, before)
    assert received.shape == ink.shape
    assert received.dtype == np.float32
    assert received.max() <= 1
    assert (received >= ink).all()
    added = (received - ink).sum(axis=(1, 2))
    assert np.mean(added > 1) > 0.9
    assert np.mean(added) < 0.6 * ink.sum(axis=(1, 2)).mean()


def placed(sample, label):
    """How much ink a habit adds on the average, (28, 28), and to each image."""
    ink = digits(sample, label)
    added = HABITS[label](ink, np.random.default_rng(0)) - ink
    return added.mean(axis=0), added


def test_an_upstroke_goes_to_the_left_of_a_one_s_head_and_a_foot_is_rare(sample):
    mean, added = placed(sample, "1")
    assert mean[:14].sum() > 3 * mean[18:].sum()
    assert mean[:14, :14].sum() > 2 * mean[:14, 14:].sum()
    footed = (added[:, 18:].sum(axis=(1, 2)) > 2).mean()
    assert 0.08 < footed < 0.35


def test_a_bar_crosses_a_seven_in_the_middle_or_a_tick_hangs_at_the_left_but_never_both():
    corners = np.array([[4, 7], [4, 20], [23, 11]], np.float32)
    strokes = draw_segments(corners[:-1], corners[1:], np.array([2, 2]))
    ink = np.repeat(strokes.max(axis=0)[np.newaxis], 500, axis=0)
    added = HABITS["7"](ink, np.random.default_rng(0)) - ink
    barred = added[:, 12:18].sum(axis=(1, 2)) > 2
    ticked = added[:, 5:8, :11].sum(axis=(1, 2)) > 0.5
    assert (barred ^ ticked).all()
    assert barred.mean() == pytest.approx(BARRED, abs=0.07)
    # The stem is at column 16 there, and the bar on both sides of it.
    bars, ticks = added[barred], added[ticked]
    assert bars[:, :8, 14:].max() == bars[:, 21:].max() == 0
    assert min(bars[:, 12:18, :14].sum(), bars[:, 12:18, 18:].sum()) > len(bars)
    assert ticks[:, 11:].max() == ticks[:, :, 11:].max() == 0


def test_a_tail_goes_to_the_left_from_a_nine_s_foot(sample):
    mean, _ = placed(sample, "9")
    assert mean[18:].sum() > 0.8 * mean.sum()
    assert mean[18:, :14].sum() > 2 * mean[18:, 14:].sum()


@pytest.mark.parametrize("label", HABITS)
@pytest.mark.parametrize("count", [0, 1, 2, 3, 4, 5])
def test_a_habit_is_written_in_batches_of_any_size(sample, label, count):
    ink = digits(sample, label)[:count]
    assert HABITS[label](ink, np.random.default_rng(0)).shape == (count, 28, 28)


@pytest.mark.parametrize("label", HABITS)
def test_a_habit_of_an_empty_or_full_image_is_no_error(label):
    ink = np.stack([np.zeros((28, 28), np.float32), np.ones((28, 28), np.float32)])
    received = HABITS[label](ink, np.random.default_rng(0))
    assert np.isfinite(received).all()
    assert (received >= ink).all()


@pytest.mark.parametrize("width", [1, 2, 3.5])
def test_a_stroke_is_drawn_as_wide_and_long_as_it_should_be(width):
    random = np.random.default_rng(0)
    starts, ends = random.uniform(6, 22, (2, 20, 2)).astype(np.float32)
    received = draw_segments(starts, ends, np.full(20, width))
    assert received.dtype == np.float32
    for start, end, drawn in zip(starts, ends, received, strict=True):
        np.testing.assert_allclose(drawn, from_pillow(start, end, width), rtol=0, atol=0.35)
        length = np.hypot(*(end - start))
        area = width * length + np.pi * width**2 / 4
        assert drawn.sum() == pytest.approx(area, rel=0.1, abs=0.6)


def from_pillow(start, end, width):
    """The same stroke, drawn much larger and reduced."""
    canvas = Image.new("L", (28 * LARGER, 28 * LARGER))
    draw = ImageDraw.Draw(canvas)
    places = [tuple((place[::-1] + 0.5) * LARGER) for place in (start, end)]
    draw.line(places, 255, round(width * LARGER))
    half = width * LARGER / 2
    for x, y in places:
        draw.ellipse((x - half, y - half, x + half, y + half), 255)
    return np.asarray(canvas.reduce(LARGER)) / 255
