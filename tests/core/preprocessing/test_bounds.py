"""What a small file may ask for is bounded: time, memory, and words on stderr."""

import io
import re
import struct
import subprocess
import sys
import threading
import time
import tracemalloc
import zlib

import numpy as np
import pytest
from PIL import Image

from mnistkit.core.preprocessing.bounds import LARGE_TURN, memory_of
from mnistkit.core.preprocessing.decoding import decode_photo, read_photo
from mnistkit.core.preprocessing.grey import grey_of
from mnistkit.errors import PictureError

SCAN = b"\xff\xda"
SIDE = 28
# Of the longest refusal; the machine may be busy.
SECONDS = 10


def encoded(image, format="PNG", **options):  # noqa: A002
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def small(format="PNG", **options):  # noqa: A002
    return encoded(Image.new("L", (SIDE, SIDE), 200), format, **options)


def jpeg_of_scans(count, side=SIDE):
    """A grey progressive JPEG whose last scan stands there so many times."""
    content = encoded(Image.new("L", (side, side), 200), "JPEG", progressive=True)
    last = content[content.rindex(SCAN) : -2]
    return content[:-2] + last * (count - content.count(SCAN)) + content[-2:]


def png_chunk(kind, content=b""):
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def png_with(chunks, before):
    content = small()
    place = content.index(before) - 4
    return content[:place] + chunks + content[place:]


def bitmap(side, runs, compression=1):
    palette = bytes(4 * 256)
    size = 54 + len(palette)
    header = struct.pack("<IHHI", size + len(runs), 0, 0, size)
    about = (40, side, side, 1, 8, compression, len(runs), 1, 1, 256, 0)
    return b"BM" + header + struct.pack("<IiiHHIIiiII", *about) + palette + runs


def tiff(side, tags, data=b""):
    """A grey TIFF; values are bytes, of 16 bits each where there are 2, else of 32."""
    tags = {256: [side], 257: [side], 258: [8], 262: [1], 277: [1]} | tags
    rest = 8 + 2 + 12 * len(tags) + 4
    entries, extra = b"", b""
    for tag, values in sorted(tags.items()):
        content = np.array(values, "<u4").tobytes()
        entries += struct.pack("<HHI", tag, 4, len(values))
        entries += content if len(content) == 4 else struct.pack("<I", rest + len(extra))
        extra += content if len(content) > 4 else b""
    directory = struct.pack("<H", len(tags)) + entries + bytes(4)
    return b"II*\0" + struct.pack("<I", 8) + directory + extra + data


STRIPS, ROWS, TILES = {259: [1], 279: [1]}, 278, {322: [2**15], 323: [2**15], 325: [30]}
COSTLY = {
    "a JPEG of very many scans": lambda: jpeg_of_scans(600),
    "a large JPEG of many scans": lambda: jpeg_of_scans(200, 4000),
    "a JPEG of comments": lambda: small("JPEG").replace(
        b"\xff\xd8", b"\xff\xd8" + b"\xff\xfe\0\2" * 300_000, 1
    ),
    "a JPEG of comments between its scans": lambda: jpeg_of_scans(8).replace(
        SCAN, b"\xff\xfe\0\2" * 6000 + SCAN
    ),
    "a PNG of chunks": lambda: png_with(png_chunk(b"abCd") * 300_000, b"IDAT"),
    "a PNG of pixels in no end of parts": lambda: png_with(png_chunk(b"IDAT") * 1_100_000, b"IDAT"),
    "a GIF of comments": lambda: small("GIF").replace(
        b",", b"!\xfe" + b"\1a" * 300_000 + b"\0,", 1
    ),
    "a PNM that begins with a comment": lambda: b"P5\n#" + b"c" * 600_000 + b"\n1 1\n255\n\0",
    "a PNM of comments": lambda: b"P2\n9 9\n255\n" + b"#\n" * 2000 + b"0 " * 81,
    "a PNM of digits": lambda: b"P1\n2000 2000\n" + b"0" * 4_000_000,
    "a PNM of 10 bits": lambda: b"P5\n2000 2000\n1023\n" + bytes(8_000_000),
    "a BMP of runs": lambda: bitmap(9000, b"\1\1\0\0" * 9000),
    "a TIFF of strips": lambda: tiff(SIDE, STRIPS | {273: [8] * 1_100_000}),
    "a TIFF whose strips are one": lambda: tiff(200, STRIPS | {ROWS: [199], 273: [8] * 2000}),
    "a TIFF of one large tile": lambda: tiff(SIDE, TILES | {259: [8], 324: [8]}),
    "a large progressive JPEG": lambda: encoded(
        Image.new("CMYK", (16, 16)), "JPEG", progressive=True
    ).replace(b"\0\x10\0\x10\4", struct.pack(">HHB", 9400, 9400, 4), 1),
}


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
