"""Marks on a page: connected ink, taken for one digit each, with what it looks like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistkit.core.arrays import Images
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.preprocessing.image_form import image_of
from mnistkit.core.preprocessing.ink import InkLevels
from mnistkit.reading.page_ink import PageInk

Box = tuple[int, int, int, int]
"""x, y, width and height."""
Mask = NDArray[np.bool_]

# Of a mark's strongest ink; less is paper.
FAINT_SHARE = 0.12


@dataclass(frozen=True)
class Blot:
    """Some ink of a page: where it is, and which pixels of its box, bool (height, width)."""

    box: Box
    mask: Mask


@dataclass(frozen=True)
class Mark:
    """A blot that may be a digit, with the probabilities of each, float32 (classes,)."""

    blot: Blot
    probabilities: NDArray[np.float32]

    @property
    def box(self) -> Box:
        """In pixels of the page's copy."""
        return self.blot.box

    @property
    def width(self) -> int:
        """Of the box."""
        return self.box[2]

    @property
    def height(self) -> int:
        """Of the box."""
        return self.box[3]

    @property
    def confidence(self) -> float:
        """Of the most probable digit; 0 where it was not asked for."""
        return float(self.probabilities.max())

    @property
    def centre(self) -> tuple[float, float]:
        """X and y."""
        x, y, width, height = self.box
        return x + width / 2, y + height / 2


def place(box: Box) -> tuple[slice, slice]:
    """The rows and columns of a box."""
    x, y, width, height = box
    return slice(y, y + height), slice(x, x + width)


def find_blots(mask: Mask, smallest: float, corner: tuple[int, int] = (0, 0)) -> list[Blot]:
    """Return the connected parts of a mask, the largest first.

    Args:
        mask: bool (height, width).
        smallest: The longer side of what is no dust, in pixels.
        corner: x and y of the mask's corner on the page.
    """
    _, parts, statistics, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8))
    longer = statistics[:, [cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT]].max(axis=1)
    numbers = np.flatnonzero(longer >= smallest)
    numbers = numbers[np.argsort(-statistics[numbers, cv2.CC_STAT_AREA], kind="stable")]
    blots = []
    for number in numbers.tolist():
        if number:
            x, y, width, height = map(int, statistics[number, :4])
            own = parts[y : y + height, x : x + width] == number
            blots.append(Blot((x + corner[0], y + corner[1], width, height), own))
    return blots


def join(one: Blot, other: Blot) -> Blot:
    """Make one blot of two."""
    left, top = (min(one.box[axis], other.box[axis]) for axis in (0, 1))
    right, bottom = (
        max(blot.box[axis] + blot.box[axis + 2] for blot in (one, other)) for axis in (0, 1)
    )
    mask = np.zeros((bottom - top, right - left), bool)
    for blot in (one, other):
        x, y, width, height = blot.box
        mask[y - top : y - top + height, x - left : x - left + width] |= blot.mask
    return Blot((left, top, right - left, bottom - top), mask)


def ink_of_blot(page: PageInk, blot: Blot) -> InkLevels:
    """Return the ink of a blot alone, in its box."""
    # Soft edges are just outside.
    near = cv2.dilate(blot.mask.astype(np.uint8), np.ones((3, 3), np.uint8)) > 0
    ink = np.where(near, page.ink[place(blot.box)], np.float32(0))
    return np.where(ink >= FAINT_SHARE * ink.max(), ink, np.float32(0))


def strength(page: PageInk, mark: Mark) -> float:
    """The mean of its ink, 0 to 255."""
    return float(page.ink[place(mark.box)][mark.blot.mask].mean())


def sharpness(page: PageInk, mark: Mark) -> float:
    """The steepest change of its smoothed ink a pixel, as a share of the strongest."""
    x, y, width, height = mark.box
    around = page.smooth[max(y - 2, 0) : y + height + 2, max(x - 2, 0) : x + width + 2]
    steepest = max(float(np.abs(np.diff(around, axis=axis)).max(initial=0)) for axis in (0, 1))
    return steepest / max(float(around.max()), 1)


def stroke_width(mark: Mark) -> float:
    """Twice the area over the length of the outline, in pixels."""
    padded = np.pad(mark.blot.mask, 1)
    outline = (padded[1:] != padded[:-1]).sum() + (padded[:, 1:] != padded[:, :-1]).sum()
    # Summed along both axes, an outline in all directions comes out longer by 4 / pi.
    return float(2 * mark.blot.mask.sum() / (outline * np.pi / 4))


def look(classifier: Classifier, page: PageInk, blots: Sequence[Blot]) -> list[Mark]:
    """Take each blot for one digit."""
    images: Images = np.zeros((len(blots), 28, 28), np.uint8)
    for image, blot in zip(images, blots, strict=True):
        ink = ink_of_blot(page, blot)
        # The soft edge of ink has none itself at times.
        if ink.any():
            image[:] = image_of(ink)
    return [Mark(blot, row) for blot, row in zip(blots, classifier.predict(images), strict=True)]


def unasked(classifier: Classifier, blots: Sequence[Blot]) -> list[Mark]:
    """Make marks of blots that are not worth asking for."""
    nothing = np.zeros(len(classifier.class_names), np.float32)
    return [Mark(blot, nothing) for blot in blots]
