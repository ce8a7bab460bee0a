"""Pictures and arrays as the bytes of a file."""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image


def encoded(image, form="PNG", **options) -> bytes:
    """Return an image, or its pixels, in a format; takes options of Pillow."""
    stream = io.BytesIO()
    if isinstance(image, np.ndarray):
        image = Image.fromarray(image)
    image.save(stream, form, **options)
    return stream.getvalue()


def pages_encoded(pages, form, **options) -> bytes:
    """Return images as the pages of a file."""
    return encoded(pages[0], form, save_all=True, append_images=pages[1:], **options)


def png_chunk(kind: bytes, content: bytes = b"") -> bytes:
    """Return a part of a PNG file."""
    checksum = struct.pack(">I", zlib.crc32(kind + content))
    return struct.pack(">I", len(content)) + kind + content + checksum


def npy(array) -> bytes:
    """Return an array in NumPy's format."""
    stream = io.BytesIO()
    np.save(stream, array)
    return stream.getvalue()
