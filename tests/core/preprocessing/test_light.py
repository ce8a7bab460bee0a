"""The light is found below the ink, up to the border."""

import numpy as np
import pytest

from mnistkit.core.preprocessing.light import enlarged, smooth_light, without_strokes

SHAPE = (120, 160)
DOWN, RIGHT = (np.indices(SHAPE) + 0.5) / np.array(SHAPE)[:, None, None]
LIGHTS = {
    "even": np.full(SHAPE, 180.0),
    "from the left": 220 - 130 * RIGHT,
    "from a corner": 230 - 60 * RIGHT - 80 * DOWN,
    "from the middle": 220 - 200 * ((RIGHT - 0.5) ** 2 + (DOWN - 0.5) ** 2),
}


@pytest.mark.parametrize("light", LIGHTS.values(), ids=LIGHTS)
@pytest.mark.parametrize("pen", [-80, 30])
def test_the_smooth_light_is_the_paper_though_a_digit_is_written_on_it(light, pen):
    picture = light.copy()
    picture[20:100, 60:70] += pen
    picture[90:100, 40:130] += pen
    found = smooth_light(np.rint(picture).astype(np.uint8))
    np.testing.assert_allclose(found, light, rtol=0, atol=8)
    assert np.abs(found - light).mean() < 0.5


def test_what_is_wider_than_strokes_stays_and_strokes_do_not():
    levels = np.zeros(SHAPE, np.float32)
    levels[:, :90] = 40
    levels[30:90, 120:128] = 90
    found = without_strokes(levels)
    np.testing.assert_allclose(found[:, :80], 40, rtol=0, atol=1)
    np.testing.assert_allclose(found[:, 100:], 0, rtol=0, atol=1)


@pytest.mark.parametrize("depth", [-127, -150, -250])
def test_what_is_far_darker_than_half_the_range_is_no_peak(depth):
    levels = np.zeros(SHAPE, np.float32)
    levels[:, :90] = depth
    found = without_strokes(levels)
    np.testing.assert_allclose(found[:, :70], -128, rtol=0, atol=1)


def test_levels_are_enlarged_without_going_beyond_them():
    levels = np.zeros((8, 10), np.float32)
    levels[:, 5:] = 100
    large = enlarged(levels, SHAPE)
    assert large.shape == SHAPE
    assert (large.min(), large.max()) == (0, 100)
    assert (np.diff(large, axis=1) >= 0).all()
