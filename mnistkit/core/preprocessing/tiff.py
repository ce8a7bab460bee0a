"""What TIFF needs more care for than other formats."""

from __future__ import annotations

import ctypes
import struct
from contextlib import suppress
from functools import cache

HANDLERS = ("TIFFSetErrorHandler", "TIFFSetWarningHandler")

# Byte order and version, as the file begins; BigTIFF has the second one.
VERSIONS = {b"II*\0": ("<", False), b"MM\0*": (">", False)}
VERSIONS |= {b"II+\0": ("<", True), b"MM\0+": (">", True)}
# The types whose values Pillow keeps as bytes: bytes, text, undefined.
BYTE_TYPES = (1, 2, 7)
MAX_TAGS = 2**16


@cache
def silence_libtiff() -> None:
    """Let the libtiff that Pillow decodes with print nothing from here on.

    Of a damaged picture it can tell each row. It writes to file descriptor 2 itself, which other
    threads write to meanwhile, so that the descriptor can't be turned away. A Pillow that has
    libtiff inside it offers no handle; there it goes on.
    """
    from PIL import _imaging

    # A symbol is looked up in what the module was linked with, too.
    module = ctypes.CDLL(_imaging.__file__)
    for name in HANDLERS:
        with suppress(AttributeError):
            handler = module[name]
            handler.argtypes, handler.restype = (ctypes.c_void_p,), ctypes.c_void_p
            handler(None)


def count_values(content: bytes) -> int:
    """Return how many numbers the tags of a TIFF's first picture have; 0 of other files.

    Pillow takes some 50 bytes for each; a picture has a few for each of its strips or tiles.
    """
    if content[:4] not in VERSIONS:
        return 0
    order, big = VERSIONS[content[:4]]
    counter, entry = (order + "Q", order + "HHQ8x") if big else (order + "H", order + "HHL4x")
    try:
        (first,) = struct.unpack_from(order + ("Q" if big else "L"), content, 8 if big else 4)
        (tags,) = struct.unpack_from(counter, content, first)
    # It ends before; Pillow says so.
    except (struct.error, OverflowError):
        return 0
    size, start = struct.calcsize(entry), first + struct.calcsize(counter)
    entries = content[start : start + min(tags, MAX_TAGS) * size]
    whole = entries[: len(entries) // size * size]
    return sum(
        count for _tag, kind, count in struct.iter_unpack(entry, whole) if kind not in BYTE_TYPES
    )
