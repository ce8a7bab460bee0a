"""Counting the scans of a JPEG file; a decoder passes over all pixels for each."""

from __future__ import annotations

import re

SCAN, END = 0xDA, 0xD9
# Excludes the stuffed 0xFF of a scan's data, restart markers and fill bytes.
MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
# Tables and comments before and between the scans, far more than cameras write.
MAX_SEGMENTS = 5000


def count_scans(content: bytes, most: int) -> int:
    """Return the number of scans of a JPEG file's first picture.

    Args:
        content: The bytes of the file.
        most: Counting ends above this number.
    """
    scans = 0
    place = 2
    for _ in range(MAX_SEGMENTS):
        found = MARKER.search(content, place)
        if found is None or found[1][0] == END:
            return scans
        scans += found[1][0] == SCAN
        if scans > most:
            return scans
        length = int.from_bytes(content[found.end() : found.end() + 2], "big")
        place = found.end() + length
    return most + 1
