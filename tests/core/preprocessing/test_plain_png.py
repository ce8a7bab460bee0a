"""Plain grey PNG files take a short way, with the answers and errors of the long one."""

from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from as_files import encoded, png_chunk
from PIL import Image, PngImagePlugin

from mnistkit.core.preprocessing import decoding
from mnistkit.core.preprocessing.decoding import decode_photo
from mnistkit.core.preprocessing.plain_png import MAX_PIXELS, decode_plain_png
from mnistkit.errors import PictureError


def noise(height, width, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (height, width), np.uint8)


def filtered(pixels, kind):
    """A PNG file whose rows all have one filter, of which only the first two are written out."""
    differences = pixels.copy()
    if kind == 1:
        differences[:, 1:] = pixels[:, 1:] - pixels[:, :-1]
    elif kind == 2:
        differences[1:] = pixels[1:] - pixels[:-1]
    rows = b"".join(bytes([kind]) + row.tobytes() for row in differences)
    height, width = pixels.shape
    return packed(struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0), zlib.compress(rows))


@pytest.mark.parametrize("shape", [(28, 28), (1, 1), (3, 50), (100, 200)], ids=str)
def test_the_pixels_are_those_that_were_written(shape):
    pixels = noise(*shape)
    decoded = decode_plain_png(encoded(Image.fromarray(pixels)))
    assert decoded.dtype == np.uint8
    assert decoded.flags.writeable
    np.testing.assert_array_equal(decoded, pixels)


def test_the_largest_one_is_not_large():
    pixels = np.full((MAX_PIXELS, 1), 7, np.uint8)
    np.testing.assert_array_equal(decode_plain_png(encoded(Image.fromarray(pixels))), pixels)


@pytest.mark.parametrize("kind", [0, 1, 2], ids=["none", "sub", "up"])
def test_rows_may_be_filtered(kind):
    pixels = noise(28, 28)
    np.testing.assert_array_equal(decode_plain_png(filtered(pixels, kind)), pixels)


def with_comment():
    information = PngImagePlugin.PngInfo()
    information.add_text("Comment", "a seven")
    return encoded(Image.fromarray(noise(28, 28)), pnginfo=information)


OTHERS = {
    "colour": encoded(Image.fromarray(noise(28, 28)).convert("RGB")),
    "palette": encoded(Image.fromarray(noise(28, 28)).convert("P")),
    "1 bit": encoded(Image.fromarray(noise(28, 28)).convert("1")),
    "16 bits": encoded(Image.fromarray(noise(28, 28).astype(np.uint16) * 257)),
    "transparent": encoded(Image.fromarray(noise(28, 28)), transparency=0),
    "turned": encoded(
        Image.fromarray(noise(28, 28)),
        exif=b"MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0",
    ),
    "with a comment": with_comment(),
    "large": encoded(Image.fromarray(np.zeros((MAX_PIXELS + 1, 1), np.uint8))),
    "BMP": b"BM" + bytes(200),
    "empty": b"",
}


@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_other_files_take_the_long_way(content):
    assert decode_plain_png(content) is None


def packed(header, pixels):
    parts = (b"IHDR", header), (b"IDAT", pixels), (b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(*part) for part in parts)


@pytest.mark.parametrize("size", [(0, 28), (28, 0), (0, 0)], ids=str)
def test_a_picture_without_pixels_takes_the_long_way(size):
    header = struct.pack(">IIBBBBB", *size, 8, 0, 0, 0, 0)
    for rows in (b"", bytes(29)):
        assert decode_plain_png(packed(header, zlib.compress(rows))) is None


def test_a_file_that_is_cut_short_before_its_last_chunk_takes_the_long_way():
    whole = encoded(Image.fromarray(noise(2, 3)))
    last = png_chunk(b"IEND")
    assert whole.endswith(last)
    for length in range(len(whole) - len(last)):
        assert decode_plain_png(whole[:length] + last) is None
        assert decode_plain_png(whole[:length]) is None


def damaged(content, choose):
    """Change, drop or repeat a few bytes."""
    changed = bytearray(content)
    for _ in range(choose.integers(1, 4)):
        place = choose.integers(len(changed))
        changed[place : place + choose.integers(3)] = choose.bytes(choose.integers(3))
    return bytes(changed)


@pytest.mark.parametrize("part", ["file", "header", "compressed pixels", "pixels"])
def test_a_damaged_file_has_the_answer_of_the_long_way(part, monkeypatch):
    choose = np.random.default_rng(0)
    header = struct.pack(">IIBBBBB", 28, 28, 8, 0, 0, 0, 0)
    # Each of the five filters in turn.
    rows = b"".join(bytes([row % 5]) + choose.bytes(28) for row in range(28))
    answers = set()
    for _ in range(300):
        content = {
            "file": lambda: damaged(packed(header, zlib.compress(rows)), choose),
            "header": lambda: packed(damaged(header, choose), zlib.compress(rows)),
            "compressed pixels": lambda: packed(header, damaged(zlib.compress(rows), choose)),
            "pixels": lambda: packed(header, zlib.compress(damaged(rows, choose))),
        }[part]()
        short = outcome(content)
        with monkeypatch.context() as patch:
            patch.setattr(decoding, "decode_plain_png", lambda _: None)
            assert short == outcome(content)
        answers.add(short)
    assert len(answers) > 1


def outcome(content):
    try:
        return decode_photo(content).pixels.tobytes()
    except PictureError as error:
        return str(error)
