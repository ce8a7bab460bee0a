"""Which way up a page is, by its digits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.reading.looks import Look, first_looks
from mnistkit.reading.reader import Reader

# A page whose digits are as sure, and as many, is upright.
SURE, ENOUGH = 0.63, 1.5
# How many times the evidence for another turn has to be that for the one that was given, and how
# many digits more: a page of nines is one of sixes upside down.
CLEAR_RATIO, CLEAR_DIGITS = 1.5, 0.3
# How sure the digits of another turn have to be: those in text that stands upside down are less so.
CERTAIN = 0.61


def find_turn(
    reader: Reader, page: GreyPicture, looks: Sequence[Look]
) -> tuple[int, Sequence[Look]]:
    """Find how far to turn a page for its digits to stand upright.

    Args:
        reader: The network.
        page: uint8 (height, width).
        looks: What `first_looks` found on it.

    Returns:
        Degrees clockwise, 0, 90, 180 or 270, and what `first_looks` found then; 0 unless another
        is clearly better.
    """
    given = looks[0]
    if not any(len(each.marks) for each in looks):
        return 0, looks
    if given.certainty >= SURE and given.upright_evidence >= ENOUGH:
        return 0, looks
    others = {degrees: first_looks(reader, turned(page, degrees)) for degrees in (90, 180, 270)}
    best = max(others, key=lambda degrees: others[degrees][0].upright_evidence)
    found = others[best][0]
    least = CLEAR_RATIO * given.upright_evidence + CLEAR_DIGITS
    if found.certainty >= CERTAIN and found.upright_evidence > least:
        return best, others[best]
    return 0, looks


def turned(picture: NDArray[np.uint8], degrees: int) -> NDArray[np.uint8]:
    """Return a picture, grey or in colours, turned clockwise by a multiple of 90 degrees."""
    return np.ascontiguousarray(np.rot90(picture, -degrees // 90))
