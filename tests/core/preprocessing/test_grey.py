"""Pictures whose ink is seen only on another paper, or in a few of their levels, are seen."""

import numpy as np
import pytest
from conditions import enlarged
from PIL import Image

from mnistkit.core.preprocessing.grey import grey_of
from mnistkit.core.preprocessing.preparation import prepare_digit

CLEAR, OPAQUE = 0, 255


def layered(ink, level, mode="RGBA"):
    """Ink of a level on what is transparent and of the same level."""
    grey = Image.new("L", (ink.shape[1], ink.shape[0]), level)
    picture = grey.convert("RGB") if mode == "RGBA" else grey
    picture.putalpha(Image.fromarray(ink))
    assert picture.mode == mode
    return picture


@pytest.mark.parametrize("mode", ["LA", "RGBA"])
@pytest.mark.parametrize("level", [0, 90, 245, 255])
def test_ink_on_what_is_transparent_is_prepared_whatever_its_level(sample, mode, level):
    for image in sample.images[:5]:
        ink = enlarged(image, 4)
        expected = prepare_digit(255 - ink)
        received = prepare_digit(grey_of(layered(ink, level, mode)))
        np.testing.assert_allclose(received.astype(int), expected.astype(int), atol=12)


def test_a_white_page_with_clear_corners_stays_blank():
    alpha = np.full((60, 60), OPAQUE, np.uint8)
    alpha[:3, :3] = CLEAR
    assert (grey_of(layered(alpha, 255)) == 255).all()


def test_what_is_all_transparent_is_blank():
    assert np.ptp(grey_of(layered(np.zeros((30, 30), np.uint8), 0))) == 0


@pytest.mark.parametrize("bits", [8, 10, 12, 16])
def test_levels_of_any_depth_stored_in_sixteen_bits_are_seen(sample, bits):
    page = 255 - np.pad(sample.images[0], 20)
    stored = Image.fromarray(page.astype(np.uint16) << (bits - 8))
    assert stored.mode == "I;16"
    np.testing.assert_array_equal(grey_of(stored), page)
