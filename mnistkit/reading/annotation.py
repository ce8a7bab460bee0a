"""A picture of a page with what was read on it."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from mnistkit.core.preprocessing.grey import ColourPicture
from mnistkit.reading.labels import label_of
from mnistkit.reading.page import Digit, Line

Colour = tuple[int, int, int]

# The colours of boxes in RGB, by the least confidence they stand for, and of the labels on them.
# They differ in hue and in lightness to eyes of every kind.
# Reference: M. Okabe, K. Ito: Color Universal Design. 2008.
BLUE, ORANGE, VERMILION = (0, 114, 178), (230, 159, 0), (213, 94, 0)
BLACK, WHITE = (0, 0, 0), (255, 255, 255)
SCALE: tuple[tuple[float, Colour, Colour], ...] = (
    (0.95, BLUE, WHITE),
    (0.8, ORANGE, BLACK),
    (0.0, VERMILION, BLACK),
)
# Of boxes: as a share of the picture's longer side, and in pixels.
STROKE_SHARE, MIN_STROKE = 1 / 600, 2
# Of labels: as shares of a digit's height and of that side, and in pixels.
TEXT_SHARE = 0.3
MIN_TEXT, MAX_TEXT_SHARE = 9, 1 / 25
# So high is a letter of this font at scale 1, in pixels.
FONT = cv2.FONT_HERSHEY_SIMPLEX
FONT_HEIGHT = 21


def annotate(picture: ColourPicture, lines: Iterable[Line], min_confidence: float) -> ColourPicture:
    """Draw a box around each digit, with its label above; both are coloured by its confidence.

    Args:
        picture: uint8 (height, width, 3), RGB, as it was read.
        lines: What was read on it.
        min_confidence: Below it a label is `?`.

    Returns:
        Such a picture.
    """
    drawn = picture.copy()
    stroke = max(round(STROKE_SHARE * max(picture.shape)), MIN_STROKE)
    digits = [digit for line in lines for digit in line.digits]
    # A light line on both sides sets a box off from dark ground.
    for thickness in (2 * stroke, stroke):
        for digit in digits:
            x, y, width, height = digit.box
            colour = WHITE if thickness > stroke else _colours(digit)[0]
            cv2.rectangle(drawn, (x, y), (x + width, y + height), colour, thickness)
    for digit in digits:
        _write_label(drawn, digit, label_of(digit, min_confidence), stroke)
    return drawn


def _colours(digit: Digit) -> tuple[Colour, Colour]:
    """Of a digit's box, and of its label."""
    return next((box, label) for least, box, label in SCALE if digit.confidence >= least)


def _write_label(drawn: ColourPicture, digit: Digit, label: str, stroke: int) -> None:
    """Write the label on the box's upper edge, or below it at the top of the picture."""
    x, y, _, height = digit.box
    ground, ink = _colours(digit)
    largest = max(MAX_TEXT_SHARE * max(drawn.shape), MIN_TEXT)
    size = float(np.clip(TEXT_SHARE * height, MIN_TEXT, largest))
    scale, thickness = size / FONT_HEIGHT, max(round(size / 10), 1)
    (wide, high), _ = cv2.getTextSize(label, FONT, scale, thickness)
    bottom = max(y, high + 2 * stroke)
    corner = (x + wide + 2 * stroke, bottom - high - 2 * stroke)
    cv2.rectangle(drawn, (x, bottom), corner, ground, cv2.FILLED)
    start = (x + stroke, bottom - stroke)
    cv2.putText(drawn, label, start, FONT, scale, ink, thickness, cv2.LINE_AA)
