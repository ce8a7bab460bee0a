"""Hand-made pages: digits of the sample in known places, under uneven light."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import matplotlib as mpl
import numpy as np
from conditions import cropped, enlarged, to_bytes
from handwriting.glyphs import edge_distance, stroke_radius
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from scipy import ndimage

from mnistkit.core.models.classifier import Classifier
from mnistkit.data.loading import LabelledImages

Image8 = NDArray[np.uint8]
Box = tuple[int, int, int, int]

# An image of MNIST's has 20 rows of ink, on the sheet 60 pixels.
ENLARGED = 3
GAP, WIDEST, SPACE, PITCH, MARGIN = 14, 66, 60, 110, 60
LIGHT, DIM, PEN = 240, 175, 50
# Of strokes, in pixels of MNIST's: what most are like.
RADIUS = (1.1, 1.6)
# Without what may be a digit as well: I, l, O, S, Z.
LETTERS = """The quick brown fox jumps
over the hazy dog and then
packed with dozen jugs
BAD NYMPH FRET QUICK"""
DIAGONALS_TOUCH = np.ones((3, 3), int)


@dataclass(frozen=True)
class Sheet:
    """A page uint8 (height, width), its text, and where its digits are: x, y, width, height."""

    picture: Image8
    lines: tuple[str, ...]
    boxes: tuple[tuple[Box, ...], ...]


def plain_digits(classifier: Classifier, sample: LabelledImages) -> dict[str, list[Image8]]:
    """Return, for each label, the ink of digits in one piece that nobody takes for another.

    All are as if of one pen.
    """
    confidences = classifier.predict(sample.images)[
        np.arange(len(sample.images)), sample.class_indices
    ]
    digits: dict[str, list[Image8]] = {str(label): [] for label in range(10)}
    for image, label, confidence in zip(
        sample.images, sample.class_indices, confidences, strict=True
    ):
        ink = cropped(image)
        whole = len(ink) > 17 and ndimage.label(image, DIAGONALS_TOUCH)[1] == 1
        low, high = RADIUS
        radius = stroke_radius(edge_distance(enlarged(image, 4) > 127)) / 4
        if confidence > 0.999 and whole and low < radius < high:
            digits[str(label)].append(ink)
    return digits


def write_sheet(digits: dict[str, list[Image8]], lines: Sequence[str]) -> Sheet:
    """Write lines of words of digits, the words in columns; every digit looks different."""
    column = (WIDEST + GAP) * max(len(word) for line in lines for word in line.split()) + SPACE
    count = max(len(line.split()) for line in lines)
    ink = np.zeros((2 * MARGIN + PITCH * len(lines), 2 * MARGIN + column * count), np.uint8)
    boxes = []
    for row, line in enumerate(lines):
        places = []
        for number, word in enumerate(line.split()):
            x = MARGIN + column * number
            for label in word:
                glyph = enlarged(digits[label][len(places) + 5 * row], ENLARGED)
                places.append(paste(ink, glyph, (x, MARGIN + PITCH * row)))
                x += glyph.shape[1] + GAP
        boxes.append(tuple(places))
    return Sheet(on_paper(ink), tuple(lines), tuple(boxes))


def print_letters(font: str, size: int = 28) -> Image8:
    """Return a picture of letters in a typeface of Matplotlib's, as of a screen."""
    image = Image.new("L", (17 * size, 8 * size), 235)
    face = ImageFont.truetype(Path(mpl.get_data_path(), "fonts", "ttf", f"{font}.ttf"), size)
    draw = ImageDraw.Draw(image)
    draw.multiline_text((size, size), LETTERS, fill=40, font=face, spacing=size // 2)
    return np.asarray(image)


def paste(ink: Image8, glyph: Image8, corner: tuple[int, int]) -> Box:
    """Add ink at x and y; return its box."""
    (x, y), (height, width) = corner, glyph.shape
    part = ink[y : y + height, x : x + width]
    np.maximum(part, glyph, out=part)
    return x, y, width, height


def on_paper(ink: Image8) -> Image8:
    """Grey levels of ink on white paper that is lit from above left."""
    down, right = np.indices(ink.shape, sparse=True)
    far = (down + right) / sum(ink.shape)
    light = LIGHT - (LIGHT - DIM) * far
    return to_bytes(light * (1 - ink / 255 * (1 - PEN / LIGHT)))


def overlap(one: Box, other: Box) -> float:
    """Return the share of two boxes' union that both have."""
    low = np.maximum(one[:2], other[:2])
    high = np.minimum(np.add(one[:2], one[2:]), np.add(other[:2], other[2:]))
    both = np.prod(np.maximum(high - low, 0))
    return float(both / (np.prod(one[2:]) + np.prod(other[2:]) - both))


def texts(lines: Iterable) -> list[str]:
    return [line.text for line in lines]
