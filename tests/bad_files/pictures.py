"""Bad pictures of every format: damaged, huge, empty, of numbers that are none, and no pictures."""

from __future__ import annotations

import pickle
import struct
import zlib
from itertools import count
from pathlib import Path

import numpy as np
from as_files import encoded, png_chunk
from PIL import Image

from bad_files.bombs import COSTLY, tiff
from bad_files.damage import PNG, damaged

HEIF = Path(__file__).parents[1] / "core" / "preprocessing" / "heif"
SIGNED = (8, 0, 0, 0, 0)
FAR = 0xFFFFFFFF


def bad_pictures() -> dict[str, bytes]:
    """Return bad pictures by the names of their files."""
    files = {f"costly-{number}": make() for number, make in zip(count(), COSTLY.values())}
    files |= _of_sizes() | _bombs() | _of_numbers() | _nothing_like_it()
    for name, content in _whole().items():
        files |= damaged(name, content)
    return files


def _whole() -> dict[str, bytes]:
    """Return a whole picture of each format, and of each way that it is stored."""
    random = np.random.default_rng(0)
    noise = Image.fromarray(random.integers(0, 256, (30, 20), np.uint8))
    coloured = Image.fromarray(random.integers(0, 256, (30, 20, 4), np.uint8))
    moving = {"save_all": True, "append_images": [noise.rotate(180), noise]}
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = 6, "maker"
    return {
        "grey.png": encoded(noise),
        "palette.png": encoded(coloured.convert("P"), transparency=3),
        "alpha.png": encoded(coloured),
        "moving.png": encoded(noise, **moving),
        "baseline.jpg": encoded(noise, "JPEG", exif=exif),
        "progressive.jpg": encoded(coloured.convert("CMYK"), "JPEG", progressive=True),
        "moving.gif": encoded(noise, "GIF", **moving),
        "plain.bmp": encoded(noise, "BMP"),
        "plain.tif": encoded(noise, "TIFF", exif=exif),
        "pages.tif": encoded(noise, "TIFF", compression="tiff_lzw", **moving),
        "deflated.tif": encoded(coloured, "TIFF", compression="tiff_adobe_deflate"),
        "fax.tif": encoded(noise.convert("1"), "TIFF", compression="group4"),
        "lossy.webp": encoded(coloured, "WEBP", exif=exif),
        "lossless.webp": encoded(noise, "WEBP", lossless=True),
        "moving.webp": encoded(noise, "WEBP", **moving),
        "plain.pgm": encoded(noise, "PPM"),
        "corner.heic": (HEIF / "corner-6.heic").read_bytes(),
        "page.heic": (HEIF / "page.heic").read_bytes(),
    }


def _of_sizes() -> dict[str, bytes]:
    """Return pictures of no pixels, and of more than there can be."""
    sizes = ((0, 0), (0, 9), (1, FAR), (FAR, 1), (2**31 - 1, 2**31 - 1), (30_000, 30_000))
    files = {}
    for width, height in sizes:
        size = f"{width}x{height}"
        header = struct.pack(">II5B", width, height, *SIGNED)
        files[f"png-{size}.png"] = _png(png_chunk(b"IHDR", header) + _pixels(64))
        short = struct.pack("<HH", width & 0xFFFF, height & 0xFFFF)
        files[f"gif-{size}.gif"] = b"GIF89a" + short + b"\x80\0\0" + bytes(6) + _frame(short)
        files[f"tiff-{size}.tif"] = tiff(1, {256: [width], 257: [height], 273: [8], 279: [9]})
        files[f"pnm-{size}.pgm"] = b"P5\n%d %d\n255\n" % (width, height) + bytes(64)
        extended = b"VP8X" + struct.pack("<IIQ", 10, 0, _of_24_bits(width, height))[:-2]
        files[f"webp-{size}.webp"] = _riff(
            extended + b"VP8L" + struct.pack("<I", 5) + b"/\xff\xff\xff\x0f\0"
        )
        about = struct.pack(
            "<IiiHHIIiiII", 40, width & 0x7FFFFFFF, height & 0x7FFFFFFF, 1, 8, 0, 0, 1, 1, 0, 0
        )
        files[f"bmp-{size}.bmp"] = b"BM" + struct.pack("<IHHI", 54, 0, 0, 54) + about
        jpeg = encoded(Image.new("L", (8, 8)), "JPEG")
        place = jpeg.index(b"\xff\xc0") + 5
        stated = struct.pack(">HH", height & 0xFFFF, width & 0xFFFF)
        files[f"jpeg-{size}.jpg"] = jpeg[:place] + stated + jpeg[place + 4 :]
        heic = (HEIF / "corner-1.heic").read_bytes()
        place = heic.index(b"ispe") + 8
        stated = struct.pack(">II", width, height)
        files[f"heic-{size}.heic"] = heic[:place] + stated + heic[place + 8 :]
    return files


def _of_24_bits(width: int, height: int) -> int:
    return ((width - 1) & 0xFFFFFF) | (((height - 1) & 0xFFFFFF) << 24)


def _bombs() -> dict[str, bytes]:
    """Return pictures of very few bytes, or texts in them, that unpack to very many."""
    packed = zlib.compress(bytes(2**28), 9)
    header = png_chunk(b"IHDR", struct.pack(">II5B", 9000, 9000, *SIGNED))
    texts = b"".join(png_chunk(kind, b"a\0\0" + packed) for kind in (b"zTXt", b"iCCP"))
    small = png_chunk(b"IHDR", struct.pack(">II5B", 1, 1, *SIGNED)) + _pixels(2)
    # As many clear codes as fit: each one says that nothing follows.
    clears = b"".join(b"\xff" + bytes(255) for _ in range(4000))
    screen = b"GIF89a" + struct.pack("<HH", 9000, 9000) + b"\x80\0\0" + bytes(6)
    canvas = b",\0\0\0\0" + struct.pack("<HH", 9000, 9000) + b"\0\2"
    webp = Image.new("L", (9000, 9000))
    return {
        "all-black.png": _png(header + png_chunk(b"IDAT", zlib.compress(bytes(81_009_000), 9))),
        "too-much-behind.png": _png(small[:25] + png_chunk(b"IDAT", packed)),
        "texts.png": _png(small[:25] + texts + small[25:]),
        "clear-codes.gif": screen + canvas + clears + b"\0;",
        "many-frames.gif": screen + _frame(struct.pack("<HH", 9000, 9000)) * 20_000 + b";",
        "all-black.tif": encoded(Image.new("L", (9000, 9000)), "TIFF", compression="tiff_lzw"),
        "all-black.webp": encoded(webp, "WEBP", lossless=True, quality=0, method=0),
        "all-black.jpg": encoded(Image.new("L", (9000, 9000)), "JPEG", progressive=True),
        "bits.tif": tiff(28, {258: [64], 273: [8], 279: [9]}),
        "samples.tif": tiff(28, {277: [60_000], 258: [8], 273: [8], 279: [9]}),
        "in-itself.tif": b"II*\0\x08\0\0\0" + b"\0\0" + struct.pack("<I", 8),
    }


def _of_numbers() -> dict[str, bytes]:
    """Return pictures of floats that are no numbers, and of the largest whole ones."""
    odd = np.float32([[np.nan, np.inf], [-np.inf, 3e38]]).repeat(20, 0).repeat(20, 1)
    whole = np.int32([[-(2**31), 2**31 - 1], [0, 1]]).repeat(20, 0).repeat(20, 1)
    nothing = np.full((40, 40), np.nan, np.float32)
    return {
        "odd.tif": encoded(Image.fromarray(odd), "TIFF"),
        "nothing.tif": encoded(Image.fromarray(nothing), "TIFF"),
        "whole.tif": encoded(Image.fromarray(whole), "TIFF"),
        "odd.pfm": b"Pf\n2 2\n-1.0\n" + odd[::20, ::20].tobytes(),
        "scale.pfm": b"Pf\n2 2\nnan\n" + bytes(16),
        "levels.pgm": b"P5\n2 2\n99999999999999999999\n" + bytes(16),
        "negative.pgm": b"P5\n-2 -2\n255\n" + bytes(16),
        "resolution.tif": encoded(Image.fromarray(odd), "TIFF", dpi=(1e-9, 1e9)),
    }


def _nothing_like_it() -> dict[str, bytes]:
    """Return what is no picture, under the names of some, and code among it."""
    # The file of a program that would run, were it unpickled or interpreted.
    code = pickle.dumps(ValueError("unpickled"))
    ascii_only = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n(touched) (w) file closefile\n"
    return {
        "empty.png": b"",
        "one-byte.jpg": b"\xff",
        "pickle.png": code,
        "program.eps": ascii_only,
        "program.png": ascii_only,
        "drawing.svg": b"<svg xmlns='http://www.w3.org/2000/svg'><script>1</script></svg>",
        "entities.png": b"<!DOCTYPE a [<!ENTITY b '&c;&c;'><!ENTITY c '&b;&b;'>]><a>&b;</a>",
        "zeros.bmp": bytes(10_000),
        "archive.png": b"PK\3\4" + bytes(60),
        "text.webp": "\N{SNOWMAN}\n".encode() * 1000,
        "xbm.png": b"#define a_width 99999\n#define a_height 99999\nstatic char a_bits[]={0};",
    }


def _png(chunks: bytes) -> bytes:
    return PNG + chunks + png_chunk(b"IEND")


def _pixels(size: int) -> bytes:
    return png_chunk(b"IDAT", zlib.compress(bytes(size)))


def _frame(size: bytes) -> bytes:
    return b",\0\0\0\0" + size + b"\0\2\2\x4c\1\0"


def _riff(content: bytes) -> bytes:
    content = b"WEBP" + content
    return b"RIFF" + struct.pack("<I", len(content)) + content
