"""Guards for TIFF files: libtiff's messages and the size of tags."""

from __future__ import annotations

import ctypes
import struct
from contextlib import suppress
from dataclasses import dataclass
from functools import cache

HANDLERS = ("TIFFSetErrorHandler", "TIFFSetWarningHandler")

# A file's first bytes, with its byte order and whether it is a BigTIFF.
VERSIONS = {b"II*\0": ("<", False), b"MM\0*": (">", False)}
VERSIONS |= {b"II+\0": ("<", True), b"MM\0+": (">", True)}
# The types whose values Pillow keeps as bytes: bytes, text, undefined.
BYTE_TYPES = (1, 2, 7)
MAX_TAGS = 2**16
# Of all directories of a file together.
MAX_ENTRIES = 2**20
# The tag that says what a picture is to the others; set for a thumbnail, and for a mask.
SUBFILE, NO_PAGE = 254, 0b101


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


@dataclass(frozen=True)
class Directory:
    """What a TIFF says of one of its pictures.

    Args:
        entries: How many tags it has.
        values: How many values these have. Pillow takes some 50 bytes for each. A valid picture
            has a few per strip or tile.
        is_page: Whether it is no thumbnail and no mask of another picture.
        next: Where the next directory stands in the file; 0 behind the last.
    """

    entries: int
    values: int
    is_page: bool
    next: int


def is_tiff(content: bytes) -> bool:
    """Return whether this is how a TIFF file begins."""
    return content[:4] in VERSIONS


def count_values(content: bytes) -> int:
    """Return the number of values in the tags of a TIFF's first picture; 0 for other files."""
    first = _directory(content, _first(content)) if is_tiff(content) else None
    return 0 if first is None else first.values


def find_pages(content: bytes) -> list[int]:
    """Return where in a TIFF the directories of its pages stand."""
    pages: dict[int, bool] = {}
    place, entries = _first(content), 0
    while place and place not in pages and entries <= MAX_ENTRIES:
        directory = _directory(content, place)
        if directory is None:
            break
        pages[place] = directory.is_page
        # An empty one counts, too.
        entries += directory.entries + 1
        place = directory.next
    return [place for place, is_page in pages.items() if is_page]


def with_first_page(content: bytes, place: int) -> bytes:
    """Return a TIFF that begins with the page whose directory stands at this place."""
    order, big = VERSIONS[content[:4]]
    start, number = (8, order + "Q") if big else (4, order + "L")
    pointer = struct.pack(number, place)
    return b"".join((content[:start], pointer, content[start + len(pointer) :]))


def _first(content: bytes) -> int:
    """Where the first directory stands; 0 where the file ends before."""
    order, big = VERSIONS[content[:4]]
    try:
        return int(struct.unpack_from(order + ("Q" if big else "L"), content, 8 if big else 4)[0])
    except struct.error:
        return 0


def _directory(content: bytes, place: int) -> Directory | None:
    """The directory at this place; None where the file ends before, which Pillow says itself."""
    order, big = VERSIONS[content[:4]]
    counter, entry = (order + "Q", order + "HHQQ") if big else (order + "H", order + "HHLL")
    try:
        (tags,) = struct.unpack_from(counter, content, place)
    except (struct.error, OverflowError):
        return None
    start, size = place + struct.calcsize(counter), struct.calcsize(entry)
    stored = content[start : start + min(tags, MAX_TAGS) * size]
    entries = list(struct.iter_unpack(entry, stored[: len(stored) // size * size]))
    end = start + tags * size
    pointer = content[end : end + (8 if big else 4)]
    return Directory(
        entries=len(entries),
        values=sum(count for _tag, kind, count, _value in entries if kind not in BYTE_TYPES),
        is_page=not any(tag == SUBFILE and value & NO_PAGE for tag, *_, value in entries),
        next=int.from_bytes(pointer, "little" if order == "<" else "big"),
    )
