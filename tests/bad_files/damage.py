"""Damage to whole files: ends between their parts, and bits that are turned over."""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator
from itertools import pairwise

import numpy as np

BITS_IN_A_BYTE = 8
# The first bytes say what a file is, and the sizes of what follows.
HEAD = 64

# How the parts of files begin that have no lengths to follow.
BEGINNINGS = {
    b"GIF8": re.compile(rb"[,!;]"),
    b"%PDF": re.compile(rb"\n(?=\d+ 0 obj|stream|endstream|xref|trailer|startxref)"),
    b"\xff\xd8": re.compile(rb"\xff[\xc0-\xfe]"),
    b"PK\3\4": re.compile(rb"PK[\1-\6][\1-\6]"),
}
PNG = b"\x89PNG\r\n\x1a\n"


def damaged(name: str, content: bytes, ends: int = 9, flips: int = 9) -> dict[str, bytes]:
    """Return a file cut at the ends of its parts, and with bits turned over, half in its head."""
    stem, dot, suffix = name.partition(".")
    places = boundaries(content)
    chosen = places[:: max(len(places) // ends, 1)][:ends]
    files = {f"{stem}-to-{place}{dot}{suffix}": content[:place] for place in chosen}
    random = np.random.default_rng(len(content))
    for number in range(flips):
        most = min(HEAD, len(content)) if number % 2 else len(content)
        place = int(random.integers(most))
        flipped = bytearray(content)
        flipped[place] ^= 1 << int(random.integers(BITS_IN_A_BYTE))
        files[f"{stem}-flip-{place}-{number}{dot}{suffix}"] = bytes(flipped)
    return files


def boundaries(content: bytes) -> list[int]:
    """Return where the parts of a file begin and end, as far as its kind is known."""
    found = sorted({place for place in _parts(content) if 0 < place < len(content)})
    # In the middle of a part, too.
    return sorted({*found, *(sum(pair) // 2 for pair in pairwise([0, *found, len(content)]))})


def _parts(content: bytes) -> Iterator[int]:
    for beginning, parts in BEGINNINGS.items():
        if content.startswith(beginning):
            yield from (found.start() for found in parts.finditer(content))
            return
    if content.startswith(PNG):
        yield from _sized(content, len(PNG), ">I", 12)
    elif content.startswith(b"RIFF"):
        yield from _sized(content, 16, "<I", 8, before=4)
    elif content[4:8] == b"ftyp":
        yield from _sized(content, 0, ">I", 0)
    elif content.startswith(b"II*\0"):
        (directory,) = struct.unpack_from("<I", content, 4)
        yield from (4, 8, directory, *range(directory + 2, len(content), 12))
    else:
        yield from range(4, len(content), max(len(content) // 6, 1))


def _sized(content: bytes, place: int, form: str, more: int, before: int = 0) -> Iterator[int]:
    """Yield where the parts begin that state their size at their start, or behind a name."""
    place -= before
    while place + before + 4 <= len(content):
        yield place
        (size,) = struct.unpack_from(form, content, place + before)
        place += max(size + more, 1) + (size % 2 if before else 0)
