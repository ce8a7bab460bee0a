"""Guards for TIFF files: libtiff's messages and the size of tags."""

from __future__ import annotations

import ctypes
import struct
from contextlib import suppress
from functools import cache

HANDLERS = ("TIFFSetErrorHandler", "TIFFSetWarningHandler")

# A file's first bytes, with its byte order and whether it is a BigTIFF.
VERSIONS = {b"II*\0": ("<", False), b"MM\0*": (">", False)}
VERSIONS |= {b"II+\0": ("<", True), b"MM\0+": (">", True)}
# The types whose values Pillow keeps as bytes: bytes, text, undefined.
BYTE_TYPES = (1, 2, 7)
MAX_TAGS = 2**16


@cache
def silence_libtiff() -> None:
    """Stop Pillow's libtiff from printing errors and warnings.

    It can print a line per row of a damaged picture, straight to file descriptor 2, which can't be
    redirected while other threads write to it. Where Pillow contains libtiff statically, nothing
    changes.
    """
    from PIL import _imaging

    # Looks up symbols in the libraries that the module is linked with, too.
    module = ctypes.CDLL(_imaging.__file__)
    for name in HANDLERS:
        with suppress(AttributeError):
            handler = module[name]
            handler.argtypes, handler.restype = (ctypes.c_void_p,), ctypes.c_void_p
            handler(None)


def count_values(content: bytes) -> int:
    """Return the number of values in the tags of a TIFF's first picture; 0 for other files.

    Pillow takes some 50 bytes for each. A valid picture has a few per strip or tile.
    """
    if content[:4] not in VERSIONS:
        return 0
    order, big = VERSIONS[content[:4]]
    counter, entry = (order + "Q", order + "HHQ8x") if big else (order + "H", order + "HHL4x")
    try:
        (first,) = struct.unpack_from(order + ("Q" if big else "L"), content, 8 if big else 4)
        (tags,) = struct.unpack_from(counter, content, first)
    # A truncated file; Pillow reports it.
    except (struct.error, OverflowError):
        return 0
    size, start = struct.calcsize(entry), first + struct.calcsize(counter)
    entries = content[start : start + min(tags, MAX_TAGS) * size]
    whole = entries[: len(entries) // size * size]
    return sum(
        count for _tag, kind, count in struct.iter_unpack(entry, whole) if kind not in BYTE_TYPES
    )
