"""Small pictures that ask for much time or memory, and what such files are made of."""

from __future__ import annotations

import struct

import numpy as np
from as_files import encoded, png_chunk
from PIL import Image

SCAN = b"\xff\xda"
SIDE = 28


def small(format="PNG", **options):  # noqa: A002
    return encoded(Image.new("L", (SIDE, SIDE), 200), format, **options)


def jpeg_of_scans(count, side=SIDE):
    """A grey progressive JPEG whose last scan stands there so many times."""
    content = encoded(Image.new("L", (side, side), 200), "JPEG", progressive=True)
    last = content[content.rindex(SCAN) : -2]
    return content[:-2] + last * (count - content.count(SCAN)) + content[-2:]


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
