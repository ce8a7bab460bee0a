"""The digit is found among lines, specks and neighbours, and nothing of it is lost."""

from __future__ import annotations

import numpy as np
import pytest
from conditions import enlarged
from scipy import ndimage

from mnistkit.core.preprocessing.isolation import extent, isolate, strongest

DIAGONALS_TOUCH = np.ones((3, 3), int)
CONTRAST = np.float32(0.7)


def as_ink(image):
    """As it would be found on grey paper: float32 (160, 160) of at most 178 grey levels."""
    return np.pad(enlarged(image, 5).astype(np.float32) * CONTRAST, 10)


def whole(sample):
    """The images of digits in one piece."""
    return [i for i in sample.images if ndimage.label(i > 0, DIAGONALS_TOUCH)[1] == 1]


def with_a_line(ink):
    ink[:, 2:5] = 150
    return ink


def with_a_frame(ink):
    ink[:3], ink[-3:], ink[:, :3], ink[:, -3:] = 150, 150, 150, 150
    return ink


def with_specks(ink):
    for row, column in [(4, 5), (6, 120), (150, 10), (145, 148)]:
        ink[row : row + 3, column : column + 3] = 150
    return ink


def with_a_neighbour(ink):
    ink[30:110, -9:] = 150
    return ink


def found_in(ink):
    """The ink of the digit, and where it was."""
    digit = isolate(ink)
    return digit.ink, digit.box


DISTURBANCES = (with_a_line, with_a_frame, with_specks, with_a_neighbour)


@pytest.mark.parametrize("disturb", DISTURBANCES, ids=lambda function: function.__name__)
def test_what_is_found_is_the_same_as_without_lines_specks_and_neighbours(sample, disturb):
    for image in sample.images[:50]:
        expected, place = found_in(as_ink(image))
        received, same_place = found_in(disturb(as_ink(image)))
        assert same_place == place
        np.testing.assert_array_equal(received, expected)


def test_noise_is_left_out(sample):
    noise = np.random.default_rng(0).normal(0, 4, (160, 160)).astype(np.float32)
    for image in sample.images[:50]:
        expected, received = found_in(as_ink(image))[0], found_in(as_ink(image) + noise)[0]
        assert np.abs(np.subtract(received.shape, expected.shape)).max() <= 3
        assert received.sum() == pytest.approx(expected.sum(), rel=0.03)


def test_all_ink_that_hangs_together_is_found(sample):
    for image in whole(sample)[:50]:
        ink = as_ink(image)
        found, (rows, columns) = found_in(ink)
        assert found.sum() == pytest.approx(ink.sum(), rel=0.03)
        assert found.sum() <= ink[rows, columns].sum()


def test_a_digit_in_pieces_keeps_them(sample):
    fives = sample.images[sample.class_indices == 5][:20]
    for image in fives:
        ink = as_ink(image)
        rows, columns = extent(ink > 0)
        # The pen was lifted between a five's two strokes.
        gap = rows.start + (rows.stop - rows.start) // 4
        ink[gap : gap + 4] = 0
        found, box = found_in(ink)
        assert box[0].start <= rows.start + 5
        assert found.sum() == pytest.approx(ink[rows, columns].sum(), rel=0.05)


@pytest.mark.parametrize("place", [(0, 0), (60, 20), (3, 100)], ids=str)
def test_the_box_tells_where_the_ink_was_and_the_ink_fills_its_array(sample, place):
    for image in whole(sample)[:20]:
        ink = np.zeros((230, 260), np.float32)
        ink[place[0] : place[0] + 160, place[1] : place[1] + 160] = as_ink(image)
        found, box = found_in(ink)
        assert found.dtype == np.float32
        assert extent(found > 0) == tuple(slice(0, side) for side in found.shape)
        there = extent(ink > 0.25 * ink.max())
        for side, inner in zip(box, there, strict=True):
            assert side.start <= inner.start
            assert side.stop >= inner.stop
            assert side.stop - side.start <= inner.stop - inner.start + 12


def test_a_line_is_the_digit_where_there_is_nothing_else():
    ink = np.zeros((100, 80), np.float32)
    ink[:, 2:5] = 100
    found, box = found_in(ink)
    assert found.shape == (100, 3)
    assert box == (slice(0, 100), slice(1, 6))


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (3, 3), (20, 20), (40, 70), (160, 160)])
def test_the_strongest_ink_is_what_the_strongest_pixels_but_few_reach(shape):
    ink = np.random.default_rng(0).random(shape, np.float32)
    reaching = np.count_nonzero(ink >= strongest(ink))
    assert reaching == min(max(ink.size // 200, 1), 8)


def test_one_bright_pixel_does_not_hide_a_faint_digit(sample):
    ink = as_ink(sample.images[0]) / 4
    ink[5, 5] = 255
    found, _ = found_in(ink)
    expected, _ = found_in(as_ink(sample.images[0]) / 4)
    np.testing.assert_array_equal(found, expected)
