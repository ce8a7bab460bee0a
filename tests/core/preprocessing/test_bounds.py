"""What a small file may ask for is bounded: time, memory, and words on stderr."""

import io
import re
import subprocess
import sys
import threading
import time
import tracemalloc
from dataclasses import dataclass, field

import numpy as np
import pytest
from as_files import encoded, pages_encoded, png_chunk
from bad_files.bombs import (
    COSTLY,
    ROWS,
    SCAN,
    SIDE,
    bitmap,
    jpeg_of_scans,
    png_with,
    small,
    tiff,
)
from PIL import Image

from mnistkit.core.preprocessing import bounds
from mnistkit.core.preprocessing.bounds import LARGE_TURN, TILE_LENGTH, TILE_WIDTH, memory_of
from mnistkit.core.preprocessing.decoding import decode_photo, read_photo
from mnistkit.core.preprocessing.grey import grey_of
from mnistkit.core.preprocessing.tiff import count_values
from mnistkit.errors import PictureError

# Of the longest refusal; the machine may be busy.
SECONDS = 10


@pytest.mark.sampled(4)
@pytest.mark.parametrize("kind", COSTLY)
def test_a_file_that_costs_too_much_is_refused_in_one_line_and_soon(kind):
    content = COSTLY[kind]()
    began = time.process_time()
    with pytest.raises(PictureError, match=r"expected .*, received .*; (save|make)") as caught:
        decode_photo(content)
    assert time.process_time() - began < SECONDS
    assert "\n" not in str(caught.value)
    assert "damaged" not in str(caught.value)


USUAL = {
    "as many scans as a patient encoder makes": lambda: jpeg_of_scans(100),
    "scans in a comment": lambda: small("JPEG", comment=SCAN * 1000),
    "scans behind the picture": lambda: small("JPEG") + SCAN * 1000,
    "several hundred chunks": lambda: png_with(png_chunk(b"abCd") * 500, b"IDAT"),
    "a PNM of digits": lambda: b"P1\n# by hand\n28 28\n" + b"1 " * SIDE * SIDE,
    "a PNM of 10 bits": lambda: b"P5\n28 28\n1023\n" + bytes(2 * SIDE * SIDE),
    "a BMP of runs": lambda: bitmap(SIDE, b"\x1c\1\0\0" * SIDE),
    "a strip a row": lambda: tiff(
        SIDE, {259: [1], ROWS: [1], 273: [8] * SIDE, 279: [SIDE] * SIDE}, bytes(SIDE)
    ),
}


@pytest.mark.parametrize("kind", USUAL)
def test_what_is_usual_is_decoded(kind):
    assert decode_photo(USUAL[kind]()).pixels.shape == (SIDE, SIDE)


def too_long(told):
    """What is raised of a picture that takes too long."""
    whole = f"expected a picture that is decoded in a second or two, received {told}; save it again"
    return pytest.raises(PictureError, match=f"^{re.escape(whole)}$")


def test_a_file_is_read_in_so_many_parts_and_no_more(monkeypatch):
    monkeypatch.setattr(bounds, "MAX_HEADER_READS", 3)
    monkeypatch.setattr(bounds, "MAX_READS", 2)
    file = bounds.BoundedFile(b"seven")
    assert [file.read(1) for _ in range(3)] == [b"s", b"e", b"v"]
    with too_long("one of too many parts"):
        file.read(1)
    file.end_header()
    assert [file.read(1) for _ in range(2)] == [b"e", b"n"]
    with too_long("one of too many parts"):
        file.read(1)


def mpo_of_scans(count):
    """A file of two JPEGs, as cameras write, whose first one has so many scans."""
    image = Image.new("L", (SIDE, SIDE), 200)
    content = pages_encoded([image, image], "MPO", progressive=True)
    end = content.index(b"\xff\xd9")
    last = content[content.rindex(SCAN, 0, end) : end]
    return content[:end] + last * (count - content.count(SCAN, 0, end)) + content[end:]


@pytest.mark.parametrize("made", [jpeg_of_scans, mpo_of_scans])
@pytest.mark.parametrize(
    ("pixels", "most"), [(bounds.MAX_SCANNED_PIXELS, 500), (SIDE * SIDE * 20 + 1, 20)]
)
def test_a_jpeg_has_so_many_scans_and_no_more(monkeypatch, made, pixels, most):
    monkeypatch.setattr(bounds, "MAX_SCANNED_PIXELS", pixels)
    assert decode_photo(made(most)).pixels.shape == (SIDE, SIDE)
    with too_long(f"a JPEG of more than {most} scans"):
        decode_photo(made(most + 1))


def test_a_plain_pnm_has_so_many_comments_and_no_more():
    pixels = b"28 28\n" + b"1 " * SIDE * SIDE
    most = bounds.MAX_PLAIN_COMMENTS
    assert decode_photo(b"P1\n" + b"#\n" * most + pixels).pixels.shape == (SIDE, SIDE)
    with too_long(f"one of more than {most} comments"):
        decode_photo(b"P1\n" + b"#\n" * (most + 1) + pixels)


def test_a_tiff_has_so_many_values_and_no_more(monkeypatch):
    content = USUAL["a strip a row"]()
    monkeypatch.setattr(bounds, "MAX_TAG_VALUES", count_values(content))
    bounds.check_header(content)
    monkeypatch.setattr(bounds, "MAX_TAG_VALUES", count_values(content) - 1)
    with too_long(f"a TIFF of more than {count_values(content) - 1} values in its tags"):
        bounds.check_header(content)


@dataclass
class Opened:
    """What a header says, without the memory of its pixels."""

    width: int
    height: int
    mode: str = "RGB"
    format: str = "PNG"
    tile: tuple = ()
    info: dict = field(default_factory=dict)


def test_a_picture_has_so_many_pixels_and_no_more():
    bounds.check_pixels(bounds.MAX_PIXELS, 1)
    with pytest.raises(PictureError, match=r"at most 89 million pixels, received 1 x 89478486;"):
        bounds.check_pixels(1, bounds.MAX_PIXELS + 1)


def test_a_picture_that_takes_too_much_memory_is_told_how_much():
    told = (
        "expected a picture that is decoded in 1.0 GiB of memory, received one of 9000 x 9000 that "
        "takes 1.4 GiB; make the picture smaller"
    )
    with pytest.raises(PictureError, match=f"^{re.escape(told)}$"):
        bounds.check_cost(Opened(9000, 9000, format="WEBP"))


def test_what_python_decodes_has_so_many_pixels_and_no_more():
    plain = ("ppm", (0, 0, 2000, 1000), 0, ())
    assert bounds.check_cost(Opened(2000, 1000, tile=(plain,))) == 10_000_000
    with too_long("2,002,000 pixels of a format that is slow to decode"):
        bounds.check_cost(Opened(2002, 1000, tile=(plain,)))


def test_tiles_cover_a_picture_so_often_and_no_more():
    whole, pixel = ("zip", (0, 0, 30, 20), 0, ()), ("zip", (29, 19, 30, 20), 0, ())
    bounds.check_cost(Opened(30, 20, tile=8 * (whole,)))
    with too_long("one whose tiles overlap many times"):
        bounds.check_cost(Opened(30, 20, tile=(*8 * (whole,), pixel)))


@pytest.mark.parametrize(
    ("mode", "form", "options", "reckoned"),
    [
        # A byte or four a pixel, and one for the grey level.
        ("L", "PNG", {}, 2),
        ("P", "PNG", {}, 2),
        ("RGB", "PNG", {}, 5),
        ("RGBA", "PNG", {}, 5),
        # A coefficient of two bytes for each colour.
        ("L", "JPEG", {"progressive": True}, 2 + 2),
        ("CMYK", "JPEG", {"progressive": True}, 5 + 8),
        ("RGB", "WEBP", {}, 5 + 14),
        # A strip that is as large as the picture.
        ("L", "TIFF", {}, 2 + 1),
        ("RGB", "TIFF", {}, 5 + 3),
        ("F", "TIFF", {}, 5 + 4),
        # Another of half its rows.
        ("L", "TIFF", {"tiffinfo": {ROWS: 20}}, 2 + 1 / 2),
    ],
)
def test_memory_is_reckoned_from_the_header(mode, form, options, reckoned):
    content = encoded(Image.new(mode, (64, 40)), form, **options)
    assert memory_of(Image.open(io.BytesIO(content))) == 64 * 40 * reckoned


def test_a_tile_may_be_larger_than_its_picture():
    tags = {TILE_WIDTH: [640], TILE_LENGTH: [480], 324: [0], 325: [9]}
    assert memory_of(Image.open(io.BytesIO(tiff(SIDE, tags)))) == 2 * SIDE * SIDE + 640 * 480


MEASURED = """
import io, resource, sys
from PIL import Image
from mnistkit.core.preprocessing.bounds import memory_of
from mnistkit.core.preprocessing.decoding import decode_photo

def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024

mode, side, format, options = eval(sys.argv[1])
decode_photo(open(sys.argv[2] + ".small", "rb").read())
content = open(sys.argv[2], "rb").read()
before = peak()
decode_photo(content)
print(peak() - before, memory_of(Image.open(io.BytesIO(content))))
"""


@pytest.mark.parametrize(
    ("mode", "format", "options"),
    [
        ("RGB", "PNG", {"compress_level": 1}),
        ("RGBA", "PNG", {"compress_level": 1}),
        ("CMYK", "JPEG", {"progressive": True}),
        ("RGB", "WEBP", {"lossless": True, "method": 0, "quality": 0}),
        ("F", "TIFF", {"compression": "tiff_adobe_deflate"}),
        ("I;16", "PNG", {"compress_level": 1}),
    ],
)
def test_decoding_takes_no_more_memory_than_was_reckoned(tmp_path, mode, format, options):  # noqa: A002
    side = 4000
    path = tmp_path / "picture"
    path.write_bytes(encoded(Image.new(mode, (side, side)), format, **options))
    (tmp_path / "picture.small").write_bytes(encoded(Image.new(mode, (9, 9)), format, **options))
    words = [repr((mode, side, format, options)), str(path)]
    ended = subprocess.run(
        [sys.executable, "-c", MEASURED, *words], check=True, capture_output=True, text=True
    )
    taken, reckoned = map(int, ended.stdout.split())
    # Of the bands, and of what the allocator keeps.
    assert taken < 1.1 * reckoned + 60 * 2**20


def test_a_picture_becomes_grey_without_a_second_copy():
    image = Image.new("F", (3000, 3000), 3.5)
    tracemalloc.start()
    try:
        grey = grey_of(image)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < grey.nbytes + 40 * 2**20


def test_bands_change_nothing(monkeypatch):
    random = np.random.default_rng(0)
    pixels = random.integers(0, 256, (50, 40, 4), np.uint8)
    images = [Image.fromarray(pixels), Image.fromarray(pixels).quantize(20)]
    images += [Image.fromarray(random.normal(0, 1e5, (50, 40)).astype(np.float32))]
    images += [Image.fromarray(random.integers(0, 2**16, (50, 40), np.uint16))]
    whole = [grey_of(image) for image in images]
    monkeypatch.setattr("mnistkit.core.preprocessing.grey.BAND_PIXELS", 300)
    for image, expected in zip(images, whole, strict=True):
        np.testing.assert_array_equal(grey_of(image), expected)


def test_large_pictures_are_decoded_one_after_the_other_and_small_ones_at_once():
    large = encoded(Image.new("RGB", (4000, 4000)), compress_level=1)
    assert memory_of(Image.open(io.BytesIO(large))) > 2**26
    decoded = []

    def decode(name, content):
        decode_photo(content)
        decoded.append(name)

    threads = {
        name: threading.Thread(target=decode, args=(name, content))
        for name, content in {"large": large, "small": small()}.items()
    }
    with LARGE_TURN:
        for thread in threads.values():
            thread.start()
        threads["small"].join(60)
        threads["large"].join(0.5)
        assert decoded == ["small"]
    threads["large"].join(60)
    assert decoded == ["small", "large"]


def damaged_fax(rows=3000):
    """A TIFF of random bits where libtiff complains of every row."""
    random = np.random.default_rng(0)
    tags = {258: [1], 259: [3], 262: [0], ROWS: [rows], 279: [rows * 2], 257: [rows]}
    place = len(tiff(64, tags | {273: [0]}))
    return tiff(64, tags | {273: [place]}, random.bytes(rows * 2))


def test_libtiff_prints_nothing(tmp_path, clean_environment, mnistkit):
    (tmp_path / "damaged.tif").write_bytes(damaged_fax())
    printed = mnistkit("predict", "damaged.tif").stderr
    assert re.fullmatch(r"model: bundled.*\n(mnistkit: error: damaged.tif: .*\n)?", printed)
    program = "import mnistkit; mnistkit.load('bundled').prepare('damaged.tif')"
    ended = subprocess.run(
        [sys.executable, "-c", program],
        check=False,
        cwd=tmp_path,
        env=clean_environment,
        capture_output=True,
        text=True,
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_stream_is_read_like_a_file():
    content = small()
    np.testing.assert_array_equal(
        read_photo(io.BytesIO(content)).pixels, decode_photo(content).pixels
    )
