"""Which marks are digits, and which only look like some."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mnistkit.reading.digit_height import SURE, neighbours
from mnistkit.reading.marks import Mark, sharpness, strength, stroke_width
from mnistkit.reading.page_ink import PageInk

MIN_CONFIDENCE = 0.5
# Where neighbours in a line speak for it.
MIN_CONFIDENCE_BESIDE = 0.35
# In heights of a usual digit.
MIN_HEIGHT, MAX_HEIGHT = 0.45, 1.7
# Of the usual strength and stroke of surely digits.
MIN_STRENGTH, MAX_STRENGTH = 0.5, 2.0
MIN_STROKE, MAX_STROKE = 0.5, 2.2
# In pixels of the page's copy: less is the rest of a printed line.
MIN_STROKE_WIDTH = 1.5
# The steepest change from one pixel to the next, of the strongest ink: shades have no edges.
# Small writing is blurred; what fills a picture is not.
MIN_SHARPNESS, MIN_CLOSE_UP_SHARPNESS = 0.08, 0.2
# Among many marks of a digit's size, so many have to be digits; among very many, more.
MANY_SIZED = 20
MIN_SHARE = 0.5
VERY_MANY_SIZED = 700
MIN_SHARE_OF_VERY_MANY = 0.8


def trusted(page: PageInk, marks: Sequence[Mark], height: float, *, close_up: bool) -> list[Mark]:
    """Return the digits: alike in size, ink and stroke."""
    sized = [
        mark
        for mark in marks
        if mark.confidence >= MIN_CONFIDENCE_BESIDE
        and MIN_HEIGHT * height <= mark.height <= MAX_HEIGHT * height
    ]
    beside = neighbours(sized) > 0
    digits = [
        mark
        for mark, near in zip(sized, beside, strict=True)
        if near or mark.confidence >= MIN_CONFIDENCE
    ]
    if not digits:
        return []
    sure = np.array([mark.confidence >= SURE for mark in digits])
    strengths = np.array([strength(page, mark) for mark in digits])
    strokes = np.array([stroke_width(mark) for mark in digits])
    reference = sure if sure.any() else ~sure
    inky = strengths / np.median(strengths[reference])
    broad = strokes / np.median(strokes[reference])
    good = (inky > MIN_STRENGTH) & (inky < MAX_STRENGTH)
    good &= (broad > MIN_STROKE) & (broad < MAX_STROKE) & (strokes > MIN_STROKE_WIDTH)
    sharp = np.array([sharpness(page, mark) for mark in digits])
    good &= sharp > (MIN_CLOSE_UP_SHARPNESS if close_up else MIN_SHARPNESS)
    return [mark for mark, kept in zip(digits, good, strict=True) if kept]


def is_writing(marks: Sequence[Mark], digits: Sequence[Mark], height: float) -> bool:
    """Whether enough of what is of a digit's size is one: a forest has some, too."""
    sized = [mark for mark in marks if MIN_HEIGHT * height <= mark.height <= MAX_HEIGHT * height]
    needed = MIN_SHARE_OF_VERY_MANY if len(sized) > VERY_MANY_SIZED else MIN_SHARE
    return len(sized) < MANY_SIZED or len(digits) >= needed * len(sized)
