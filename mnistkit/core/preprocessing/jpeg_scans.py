"""Counting the scans of a JPEG file, each of which passes over all of its pixels."""

from __future__ import annotations

import re

SCAN, END = 0xDA, 0xD9
# Not the stuffed 0xFF of a scan's data, no restart marker and no fill byte.
MARKER = re.compile(rb"\xff([\x01-\xcf\xd8-\xfe])")
# Tables and comments, before and between the scans.
MAX_SEGMENTS = 5000


def count_scans(content: bytes, most: int) -> int:
    """Return how many scans the first picture of a JPEG file has.

    Args:
        content: Of the file.
        most: Counting ends above it, and with as many segments as no camera writes.
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
