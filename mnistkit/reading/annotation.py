"""A picture of a page with what was read on it."""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.reading.page import Digit, Line

# RGB: of boxes, and of labels on their ground.
BOX_COLOUR = (214, 39, 40)
TEXT_COLOUR = (255, 255, 255)
# Of the longer side of the picture, and of a digit's height.
BOX_SHARE = 1 / 800
TEXT_SHARE = 0.3
MIN_TEXT, MAX_TEXT_SHARE = 9, 1 / 25
# So high is a letter of this font at scale 1, in pixels.
FONT = cv2.FONT_HERSHEY_SIMPLEX
FONT_HEIGHT = 21


def annotate(picture: GreyPicture, lines: Iterable[Line]) -> NDArray[np.uint8]:
    """Draw a box around each digit, with its label above.

    Args:
        picture: uint8 (height, width), as it was read.
        lines: What was read on it.

    Returns:
        uint8 (height, width, 3), RGB.
    """
    drawn = np.asarray(cv2.cvtColor(picture, cv2.COLOR_GRAY2RGB), np.uint8)
    stroke = max(round(BOX_SHARE * max(picture.shape)), 1)
    digits = [digit for line in lines for digit in line.digits]
    for digit in digits:
        x, y, width, height = digit.box
        cv2.rectangle(drawn, (x, y), (x + width, y + height), BOX_COLOUR, stroke)
    for digit in digits:
        _write_label(drawn, digit, stroke)
    return drawn


def _write_label(drawn: NDArray[np.uint8], digit: Digit, stroke: int) -> None:
    """Write the label on the box's upper edge, or below it at the top of the picture."""
    x, y, _, height = digit.box
    largest = max(MAX_TEXT_SHARE * max(drawn.shape), MIN_TEXT)
    size = float(np.clip(TEXT_SHARE * height, MIN_TEXT, largest))
    scale, thickness = size / FONT_HEIGHT, max(round(size / 10), 1)
    (wide, high), _ = cv2.getTextSize(digit.label, FONT, scale, thickness)
    bottom = max(y, high + 2 * stroke)
    corner = (x + wide + 2 * stroke, bottom - high - 2 * stroke)
    cv2.rectangle(drawn, (x, bottom), corner, BOX_COLOUR, cv2.FILLED)
    start = (x + stroke, bottom - stroke)
    cv2.putText(drawn, digit.label, start, FONT, scale, TEXT_COLOUR, thickness, cv2.LINE_AA)
