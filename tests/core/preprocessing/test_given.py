"""A picture that is given in Python is seen as the command line sees its file."""

import io
import re
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from as_files import encoded
from conditions import enlarged
from PIL import Image, ImageOps

from mnistkit.core.preprocessing.given import page_of, photo_of
from mnistkit.errors import PictureError, UsageError
from mnistkit.prediction import sources

TRANSPARENT = ("LA", "PA", "RGBA", "La", "RGBa")
OPAQUE = ("1", "L", "P", "RGB", "RGBX", "CMYK", "YCbCr", "HSV", "LAB")
WIDE = {"I;16": (np.uint16, 257), "I": (np.int32, 257), "F": (np.float32, 1 / 255)}
ORIENTATION = 0x0112


@pytest.fixture(scope="module")
def ink(sample):
    """A digit, uint8 (height, width), dark on light."""
    return 255 - np.pad(enlarged(sample.images[0], 4), 20)


@pytest.fixture(scope="module")
def transparent(ink):
    """The same in black on what is transparent, of another colour where nobody sees it."""
    grey = Image.fromarray(np.where(ink > 200, np.uint8(90), np.uint8(0)))
    return Image.merge("RGBA", [grey, grey, grey, Image.fromarray(255 - ink)])


def on_the_command_line(classifier, path):
    (source,) = sources.from_paths([str(path)])
    return classifier.prepare(source.read().upright())


def assert_same(classifier, picture, expected):
    image = classifier.prepare(picture)
    np.testing.assert_array_equal(image, expected)
    assert classifier.label(picture) == classifier.label(expected)


@pytest.mark.parametrize("given", ["text", "path", "bytes", "bytearray", "file", "stream", "image"])
def test_whatever_a_file_is_given_as_it_is_the_same(bundled, transparent, tmp_path, given):
    path = tmp_path / "digit.png"
    transparent.save(path)
    content = path.read_bytes()
    expected = on_the_command_line(bundled, path)
    assert expected is not None
    with path.open("rb") as file, Image.open(path) as image:
        picture = {
            "text": str(path),
            "path": path,
            "bytes": content,
            "bytearray": bytearray(content),
            "file": file,
            "stream": io.BytesIO(content),
            "image": image,
        }[given]
        np.testing.assert_array_equal(bundled.prepare(picture), expected)


@pytest.mark.parametrize("mode", TRANSPARENT)
def test_a_transparent_image_of_any_mode_is_that_on_white(bundled, transparent, tmp_path, mode):
    image = transparent.convert("LA").convert(mode) if mode == "La" else transparent.convert(mode)
    transparent.save(tmp_path / "digit.png")
    expected = on_the_command_line(bundled, tmp_path / "digit.png")
    seen = photo_of(image).upright().astype(int)
    file = photo_of(tmp_path / "digit.png").upright().astype(int)
    # What is multiplied by its alpha is rounded.
    np.testing.assert_allclose(seen, file, rtol=0, atol=2)
    found = bundled.prepare(image)
    assert np.abs(found.astype(int) - expected).max() <= 4
    assert bundled.label(image) == bundled.label(expected)


@pytest.mark.parametrize("kind", ["one colour", "alpha of the palette"])
def test_a_transparent_palette_is_that_on_white(bundled, ink, tmp_path, kind):
    palette = Image.fromarray(np.where(ink > 128, np.uint8(7), np.uint8(0))).convert("P")
    transparency = 7 if kind == "one colour" else bytes([255] * 7 + [0] + [255] * 248)
    palette.save(tmp_path / "digit.png", transparency=transparency)
    with Image.open(tmp_path / "digit.png") as image:
        assert image.mode == "P"
        expected = on_the_command_line(bundled, tmp_path / "digit.png")
        assert expected is not None
        assert_same(bundled, image, expected)
        assert_same(bundled, image.convert("RGBA"), expected)


@pytest.mark.parametrize("mode", OPAQUE)
def test_an_image_of_any_mode_is_that_of_its_file(bundled, ink, tmp_path, mode):
    grey = Image.fromarray(ink)
    if mode == "LAB":
        flat = Image.new("L", grey.size, 128)
        image = Image.merge("LAB", [grey, flat, flat])
    else:
        image = grey.convert("RGB").convert(mode)
    file = tmp_path / "digit.tif"
    (image.convert("RGB") if mode in {"HSV", "YCbCr"} else image).save(file)
    assert_same(bundled, image, on_the_command_line(bundled, file))


@pytest.mark.parametrize("mode", WIDE)
def test_an_image_of_wide_pixels_is_that_of_its_file(bundled, ink, tmp_path, mode):
    dtype, factor = WIDE[mode]
    image = Image.fromarray((ink * np.float64(factor)).astype(dtype))
    assert image.mode == mode
    image.save(tmp_path / "digit.tif")
    assert_same(bundled, image, on_the_command_line(bundled, tmp_path / "digit.tif"))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("format", ["JPEG", "PNG", "TIFF", "WEBP"])
def test_an_image_is_turned_upright_once(bundled, ink, tmp_path, format, orientation):  # noqa: A002
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    path = tmp_path / "digit"
    path.write_bytes(encoded(Image.fromarray(ink), format, exif=exif))
    expected = on_the_command_line(bundled, path)
    with Image.open(path) as image:
        assert_same(bundled, image, expected)
        assert_same(bundled, image.convert("L"), expected)
        assert_same(bundled, ImageOps.exif_transpose(image), expected)


@pytest.mark.parametrize("channels", [None, 1, 3, 4])
def test_pixels_are_those_of_their_file(bundled, ink, transparent, tmp_path, channels):
    rgba = np.asarray(transparent)
    pixels = {None: ink, 1: ink[..., None], 3: np.stack([ink] * 3, axis=2), 4: rgba}[channels]
    Image.fromarray(np.squeeze(pixels)).save(tmp_path / "digit.png")
    expected = on_the_command_line(bundled, tmp_path / "digit.png")
    assert expected is not None
    assert_same(bundled, pixels, expected)
    assert_same(bundled, np.asfortranarray(pixels), expected)


@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((28, 28), bool),
        ((28, 28), np.float32),
        ((28, 28), np.int64),
        ((28, 28), np.uint16),
        ((28, 28, 2), np.uint8),
        ((3, 28, 28), np.uint8),
        ((1, 28, 28, 3), np.uint8),
        ((784,), np.uint8),
        ((0, 28), np.uint8),
        ((28, 0, 3), np.uint8),
    ],
)
def test_other_arrays_are_refused_in_one_line(bundled, shape, dtype):
    told = (
        "expected pixels as uint8 (height, width), (height, width, 3) or (height, width, 4), "
        f"received {np.dtype(dtype)} of shape {shape}; convert floats from 0 to 1 "
        "with (255 * pixels).astype('uint8')"
    )
    with pytest.raises(UsageError, match=f"^{re.escape(told)}$"):
        bundled.prepare(np.zeros(shape, dtype))


@pytest.mark.parametrize("picture", [None, 7, [[0, 255]], io.StringIO("7"), Image])
def test_what_is_no_picture_is_refused_in_one_line(bundled, picture):
    told = (
        "expected a path, bytes, a file opened in binary mode, a Pillow image or pixels, received "
        f"{type(picture).__name__}; open a file with mode 'rb'"
    )
    with pytest.raises(UsageError, match=f"^{re.escape(told)}$"):
        bundled.label(picture)


@pytest.mark.parametrize("picture", [b"", b"seven", bytearray(100), io.BytesIO(b"seven")])
def test_bytes_that_are_no_picture_are_refused_in_one_line(bundled, picture):
    with pytest.raises(PictureError, match=r"expected .*, received"):
        bundled.label(picture)


@pytest.mark.parametrize("given", [str, Path])
@pytest.mark.parametrize("decode", [photo_of, partial(page_of, number=1)], ids=["all", "a page"])
def test_a_file_is_named_before_what_is_wrong_with_it(tmp_path, given, decode):
    path = tmp_path / "seven.png"
    path.write_text("seven")
    with pytest.raises(PictureError, match=f"^{re.escape(str(path))}: expected ") as named:
        decode(given(path))
    with pytest.raises(PictureError, match=r"^expected ") as unnamed:
        decode(b"seven")
    assert str(named.value) == f"{path}: {unnamed.value}"


def test_an_image_that_breaks_off_is_refused_in_one_line(bundled, ink):
    content = encoded(Image.fromarray(ink), "BMP")
    with (
        Image.open(io.BytesIO(content[: len(content) // 2])) as image,
        pytest.raises(PictureError, match="expected a whole picture"),
    ):
        bundled.label(image)


def test_an_empty_image_is_refused_in_one_line(bundled):
    with pytest.raises(PictureError, match="expected"):
        bundled.label(Image.new("RGB", (0, 5)))
