"""Looking at a page at several sizes, and choosing the one that suits its digits."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.reading.detection import Marks, without_repeats
from mnistkit.reading.reader import Reader

# The sizes of a page that are tried, by its longer side, in pixels: together they show digits from
# 1 to 90 percent of it.
SIDES = (1024, 416, 160, 64)
MAX_GROWTH = 2.5
MAX_PIXELS = 4_000_000
# The height at which the network reads digits best, in pixels, and the standard deviation of the
# logarithm of the heights that it reads well.
BEST_HEIGHT, HEIGHT_SPREAD = 27.0, 0.55
# Less than this is found on any paper.
CHANCE = 0.35
# The same for digits that stand upright, which the power of their class's probability tells.
UPRIGHT_CHANCE, UPRIGHT_POWER = 0.5, 3
# Narrow and touching digits are told apart better when they are larger.
CLOSER = 1.3


@dataclass(frozen=True)
class Look:
    """What the network found on a page at one size.

    Args:
        scale: The size, as a multiple of the page's.
        marks: The marks; their boxes are in pixels of the page.
    """

    scale: float
    marks: Marks

    @property
    def fits(self) -> NDArray[np.float64]:
        """How near each mark is to the best height, from 0 to 1."""
        heights = np.maximum(self.marks.boxes[:, 3] * self.scale, 1)
        return np.asarray(np.exp(-np.square(np.log(heights / BEST_HEIGHT) / HEIGHT_SPREAD) / 2))

    @property
    def weights(self) -> NDArray[np.float64]:
        """How well each mark was seen: how sure it is, and how near to the best height."""
        return np.asarray(sureness(self.marks) * self.fits)

    @property
    def evidence(self) -> float:
        """How much speaks for digits of this size, in digits."""
        return float(self._telling().sum())

    @property
    def certainty(self) -> float:
        """How sure the digits of a fitting size are, from 0 to 1."""
        fits = self.fits * self.marks.is_digit
        return float(np.average(sureness(self.marks), weights=fits)) if fits.any() else 0.0

    @property
    def upright_evidence(self) -> float:
        """How much speaks for digits that stand upright; others are less sure of their class."""
        sure = self.marks.heat * self.marks.classes.max(axis=1, initial=0) ** UPRIGHT_POWER
        telling = np.maximum(sure - UPRIGHT_CHANCE, 0) * self.fits * self.marks.is_digit
        return float(telling.sum() * self.certainty)

    def best_scale(self) -> float:
        """Return the scale at which the usual digit has the best height."""
        telling = self._telling()
        if not telling.any():
            return self.scale
        order = np.argsort(self.marks.boxes[:, 3])
        shares = np.cumsum(telling[order]) / telling.sum()
        usual = self.marks.boxes[order[np.searchsorted(shares, 0.5)], 3]
        return float(BEST_HEIGHT / usual)

    def _telling(self) -> NDArray[np.float64]:
        return np.asarray(np.maximum(self.weights - CHANCE, 0) * self.marks.is_digit)


def sureness(marks: Marks) -> NDArray[np.float64]:
    """Return the probability of each mark, of a digit with its class, float64 (n,)."""
    likeliest = marks.classes.max(axis=1, initial=0)
    return np.asarray(marks.heat * np.where(marks.is_digit, likeliest, 1), np.float64)


def look(reader: Reader, page: GreyPicture, scale: float) -> Look:
    """Look at a page at a size.

    Args:
        reader: The network.
        page: uint8 (height, width).
        scale: The size, as a multiple of the page's.
    """
    scale = min(scale, MAX_GROWTH, (MAX_PIXELS / page.size) ** 0.5)
    size = [max(round(side * scale), 1) for side in reversed(page.shape)]
    smooth = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    marks = reader.look(np.asarray(cv2.resize(page, size, interpolation=smooth), np.uint8))
    low, high = np.split(marks.boxes / scale, 2, axis=1)
    # The network may see an edge of a digit outside of the page.
    high = np.minimum(low + high, page.shape[::-1])
    low = np.maximum(low, 0)
    return Look(scale, replace(marks, boxes=np.concatenate([low, high - low], axis=1)))


def first_looks(reader: Reader, page: GreyPicture) -> list[Look]:
    """Look at a page at sizes from large to small, the one with most evidence first."""
    scales = dict.fromkeys(min(side / max(page.shape), MAX_GROWTH) for side in SIDES)
    looks = [look(reader, page, scale) for scale in scales]
    return sorted(looks, key=lambda each: -each.evidence)


def marks_of(reader: Reader, page: GreyPicture, looks: Sequence[Look]) -> Marks:
    """Return the marks of a page, each as it was seen best.

    Args:
        reader: The network.
        page: uint8 (height, width).
        looks: What `first_looks` returned.
    """
    scale = looks[0].best_scale()
    return _merged([*looks, look(reader, page, scale), look(reader, page, CLOSER * scale)])


def _merged(looks: Iterable[Look]) -> Marks:
    """Return the marks of all looks, each once."""
    fields = [vars(each.marks) for each in looks]
    marks = Marks(**{name: np.concatenate([field[name] for field in fields]) for name in fields[0]})
    marks = marks.of(np.argsort(-np.concatenate([each.weights for each in looks]), kind="stable"))
    return marks.of(without_repeats(marks.boxes))
