"""Pictures whose ink is seen only on another paper, or in a few of their levels, are seen."""

import numpy as np
import pytest
from conditions import enlarged
from PIL import Image

from mnistkit.core.preprocessing import grey
from mnistkit.core.preprocessing.grey import colour_of, grey_of
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


def test_white_ink_on_what_is_transparent_is_as_bright_as_it_is_opaque(sample):
    ink = enlarged(sample.images[0], 4)
    np.testing.assert_array_equal(grey_of(layered(ink, 255)), ink)


@pytest.mark.parametrize(("opaque", "levels"), [(40, {0, 255}), (60, {255})])
def test_white_is_ink_where_less_than_half_of_the_picture_is_opaque(opaque, levels):
    alpha = np.full((100, 50), CLEAR, np.uint8)
    alpha[:opaque] = OPAQUE
    assert set(np.unique(grey_of(layered(alpha, 255))).tolist()) == levels


@pytest.mark.parametrize(("straight", "premultiplied"), [("LA", "La"), ("RGBA", "RGBa")])
def test_premultiplied_levels_look_like_straight_ones(straight, premultiplied):
    alpha = np.tile(np.array([CLEAR, 64, 128, 192, OPAQUE], np.uint8), (5, 1))
    picture = layered(alpha, 200, straight)
    received = grey_of(picture.convert(premultiplied))
    np.testing.assert_allclose(received, grey_of(picture), rtol=0, atol=2)
    np.testing.assert_allclose(received[0], 255 - alpha[0] / 255 * 55, rtol=0, atol=2)


def test_sixteen_bits_count_whole_where_twelve_do_not_hold_the_brightest():
    stored = np.array([[0, 1000, 4096]], np.uint16)
    np.testing.assert_allclose(grey_of(Image.fromarray(stored)), stored / 257, rtol=0, atol=1)


@pytest.mark.parametrize(
    "stored", [[0, 9000, 30000], [20000, 40000, 65535]], ids=["dim", "pale and white"]
)
def test_sixteen_bits_in_thirty_two_are_not_stretched(stored):
    picture = Image.fromarray(np.array([stored], np.int32))
    np.testing.assert_allclose(grey_of(picture), np.array([stored]) / 257, rtol=0, atol=1)


def test_floats_above_one_are_grey_levels():
    levels = np.array([[0, 1, 2]], np.float32)
    np.testing.assert_array_equal(grey_of(Image.fromarray(levels)), levels)


@pytest.mark.parametrize("white", [1, 255])
@pytest.mark.parametrize("undefined", [np.nan, np.inf, -np.inf], ids=str)
def test_what_is_no_number_is_black(white, undefined):
    values = np.full((6, 6), white, np.float32)
    values[2:4] = undefined
    expected = np.full((6, 6), 255)
    expected[2:4] = 0
    np.testing.assert_array_equal(grey_of(Image.fromarray(values)), expected)


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "P", "CMYK"])
def test_opaque_colours_are_kept(mode):
    colours = np.random.default_rng(0).integers(0, 256, (8, 9, 3), np.uint8)
    # A palette of its own, so that no colour is rounded.
    picture = Image.fromarray(colours)
    picture = picture.quantize(256) if mode == "P" else picture.convert(mode)
    assert picture.mode == mode
    received = colour_of(picture)
    assert received.dtype == np.uint8
    np.testing.assert_array_equal(received, colours)


def clear_red():
    """Red that is opaque on the left and clear on the right, in each mode that can."""
    red, blue = (255, 0, 0), (0, 0, 255)
    alpha = np.zeros((4, 6), np.uint8)
    alpha[:, :3] = OPAQUE
    layers = Image.new("RGBA", (6, 4), red)
    layers.putalpha(Image.fromarray(alpha))
    keyed = Image.new("RGB", (6, 4), red)
    keyed.paste(blue, (3, 0, 6, 4))
    keyed.info["transparency"] = blue
    palette = Image.new("P", (6, 4), 0)
    palette.putpalette([*red, *blue])
    palette.paste(1, (3, 0, 6, 4))
    palette.info["transparency"] = 1
    return {"RGBA": layers, "RGB": keyed, "P": palette}


@pytest.mark.parametrize("mode", clear_red())
def test_colours_lie_on_white_where_they_are_transparent(mode):
    received = colour_of(clear_red()[mode])
    assert received.shape == (4, 6, 3)
    assert (received[:, :3] == (255, 0, 0)).all()
    assert (received[:, 3:] == 255).all()


def test_colours_that_are_half_transparent_are_mixed_with_white():
    received = colour_of(Image.new("RGBA", (3, 2), (255, 0, 0, 51)))
    np.testing.assert_allclose(received, np.full((2, 3, 3), (255, 204, 204)), rtol=0, atol=1)


def pictures_without_colour():
    ramp = np.arange(0, 252, 4, dtype=np.uint8).reshape(7, 9)
    lightness, neutral = Image.fromarray(ramp), Image.new("L", (9, 7), 128)
    pictures = [
        lightness,
        Image.merge("LA", [neutral, lightness]),
        Image.merge("LAB", [lightness, neutral, neutral]),
        Image.fromarray(ramp.astype(np.uint16) * 257),
        Image.fromarray(ramp.astype(np.int32) * 2**20),
        Image.fromarray(ramp.astype(np.float32) / 255),
    ]
    return {picture.mode: picture for picture in pictures}


@pytest.mark.parametrize("pixels", [1, 20, 63], ids=["a row", "some rows", "the whole"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA", "CMYK", *pictures_without_colour()])
def test_a_picture_in_bands_is_the_same_as_in_one(monkeypatch, mode, pixels):
    colours = Image.fromarray(np.random.default_rng(0).integers(0, 256, (7, 9, 4), np.uint8))
    pictures = {"RGB": colours.convert("RGB"), "RGBA": colours, "CMYK": colours.convert("CMYK")}
    picture = (pictures | pictures_without_colour())[mode]
    expected = grey_of(picture)
    monkeypatch.setattr(grey, "BAND_PIXELS", pixels)
    np.testing.assert_array_equal(grey_of(picture), expected)


@pytest.mark.parametrize("mode", pictures_without_colour())
def test_what_has_no_colour_has_its_grey_level_as_red_green_and_blue(mode):
    picture = pictures_without_colour()[mode]
    received = colour_of(picture)
    assert received.shape == (7, 9, 3)
    for channel in range(3):
        np.testing.assert_array_equal(received[..., channel], grey_of(picture))
