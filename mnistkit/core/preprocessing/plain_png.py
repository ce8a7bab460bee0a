"""PNG files of grey pixels and nothing else, as programs write images: decoded the short way.

Pillow opens any file by finding its format and reading its metadata, which takes longer than
decoding an image of 28x28 pixels. These files need neither; the decoder is Pillow's own.

Reference:
    W3C: Portable Network Graphics (PNG) Specification, third edition. 2025. Section 5.
"""

from __future__ import annotations

import struct
import zlib

import numpy as np
from PIL import Image

from mnistkit.core.preprocessing.grey import GreyPicture

# The signature, and the first chunk: length, type, size, 8 bits of grey, not interlaced, CRC.
HEADER = struct.Struct(">8s4s4sII5sI")
SIGNATURE, HEADER_LENGTH, HEADER_TYPE = b"\x89PNG\r\n\x1a\n", b"\0\0\0\r", b"IHDR"
GREY_8 = b"\x08\0\0\0\0"
# The end of the pixels, and the whole last chunk.
PIXELS_TYPE, END = b"IDAT", b"\0\0\0\0IEND\xaeB`\x82"
MAX_PIXELS = 2**16


def decode_plain_png(content: bytes) -> GreyPicture | None:
    """Return the pixels of a small PNG file of 8-bit grey with one chunk of pixels.

    Args:
        content: The bytes of any file.

    Returns:
        uint8 (height, width); None for any other file and for a damaged one.
    """
    start = HEADER.size
    if len(content) < start + 12 + len(END) or not content.endswith(END):
        return None
    signature, length, kind, width, height, form, crc = HEADER.unpack_from(content)
    if (signature, length, kind, form) != (SIGNATURE, HEADER_LENGTH, HEADER_TYPE, GREY_8):
        return None
    end = len(content) - len(END) - 4
    is_single = content[start : start + 8] == struct.pack(">I4s", end - start - 8, PIXELS_TYPE)
    if not is_single or not 0 < width * height <= MAX_PIXELS:
        return None
    (pixels_crc,) = struct.unpack_from(">I", content, end)
    if (zlib.crc32(content[12:29]), zlib.crc32(content[start + 4 : end])) != (crc, pixels_crc):
        return None
    try:
        image = Image.frombytes("L", (width, height), content[start + 8 : end], "zip", "L", 0)
    except ValueError:
        return None
    return np.array(image)
