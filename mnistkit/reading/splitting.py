"""Cutting marks of several digits that touch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.models.classifier import Classifier
from mnistkit.reading.digit_height import SURE
from mnistkit.reading.marks import Blot, Mark, find_blots, look
from mnistkit.reading.page_ink import PageInk

# In heights of a usual digit.
MIN_HEIGHT, MAX_HEIGHT = 0.6, 1.7
WIDE, DOUBTFUL_WIDTH = 0.95, 0.5
MIN_WIDTH, MAX_WIDTH = 0.12, 1.1
MIN_PIECE_HEIGHT = 0.45
STEP = 0.04
CUT_DISTANCE = 0.12
# So many cuts are tried a height of width, where there is least ink, and one more.
CUTS_PER_HEIGHT = 3
MAX_CUT_WIDTH = 7.0
# Slants of the cuts, columns to the right a row upwards.
SLANTS = (0.0, 0.3, -0.2)
# What a cut must gain, as it can always be made: more in what is no wider than a digit.
PRICE = 0.25
PRICE_OF_NARROW = 2.0
USUAL_WIDTH = 0.9
# Good enough to try no further slant, a cut.
CONTENT = 0.15
MAX_MARKS = 30


@dataclass(frozen=True)
class _Piece:
    """What is between two cuts, by their positions, with its digit."""

    first: int
    last: int
    mark: Mark


def cut_touching(
    classifier: Classifier, page: PageInk, marks: Sequence[Mark], height: float
) -> list[Mark]:
    """Cut what is too wide for one digit, or looks like none."""
    cut: list[Mark] = []
    left = MAX_MARKS
    for mark in marks:
        if left and _may_be_several(mark, height):
            left -= 1
            cut += split(classifier, page, mark, height)
        else:
            cut.append(mark)
    return cut


def _may_be_several(mark: Mark, height: float) -> bool:
    if not MIN_HEIGHT * height <= mark.height <= MAX_HEIGHT * height:
        return False
    doubtful = mark.confidence < SURE and mark.width > DOUBTFUL_WIDTH * height
    return (mark.width > WIDE * height or doubtful) and mark.width < MAX_CUT_WIDTH * height


def split(classifier: Classifier, page: PageInk, mark: Mark, height: float) -> list[Mark]:
    """Cut a mark where its pieces look most like digits; the mark itself where none do.

    Args:
        classifier: Tells how much a piece looks like a digit.
        page: Where the mark is.
        mark: What may be several digits, side by side.
        height: Of a usual digit, in pixels.
    """
    best, best_score = [mark], math.log(max(mark.confidence, 1e-6))
    price = PRICE + PRICE_OF_NARROW * max(USUAL_WIDTH - mark.width / height, 0)
    for slant in SLANTS:
        pieces, end = _pieces(classifier, page, mark, height, slant)
        found, score = _best_row(pieces, end, price)
        if score > best_score:
            best, best_score = found, score
        if len(best) > 1 and best_score > -(CONTENT + price) * (len(best) - 1):
            break
    return best


def _pieces(
    classifier: Classifier, page: PageInk, mark: Mark, height: float, slant: float
) -> tuple[list[_Piece], int]:
    """What is between any two cuts of a slant, and the number of the last cut."""
    rows, columns = np.mgrid[: mark.height, : mark.width]
    # Each pixel's column where its slanted line meets the middle row.
    middle = columns + slant * (rows - mark.height / 2)
    cuts = _cuts(middle[mark.blot.mask], height)
    spans, blots = [], []
    for first, start in enumerate(cuts):
        for last, end in enumerate(cuts[first + 1 :], start=first + 1):
            if MIN_WIDTH * height <= end - start <= MAX_WIDTH * height:
                own = mark.blot.mask & (middle >= start) & (middle < end)
                blot = _largest(own, mark)
                if blot and blot.box[3] >= MIN_PIECE_HEIGHT * height:
                    spans.append((first, last))
                    blots.append(blot)
    marks = look(classifier, page, blots)
    pieces = [_Piece(*span, piece) for span, piece in zip(spans, marks, strict=True)]
    return pieces, len(cuts) - 1


def _largest(mask: NDArray[np.bool_], mark: Mark) -> Blot | None:
    """The largest part of a mask, without the scraps of neighbours."""
    return next(iter(find_blots(mask, 1, mark.box[:2])), None)


def _cuts(columns: NDArray[np.float64], height: float) -> list[float]:
    """Where to cut: both ends, and between them where there is least ink."""
    low, high = float(columns.min()), float(columns.max()) + 1
    count = max(int((high - low) / (STEP * height)), 1)
    amount, edges = np.histogram(columns, count, (low, high))
    distance = CUT_DISTANCE * height
    chosen: list[float] = []
    limit = int(CUTS_PER_HEIGHT * (high - low) / height) + 1
    for index in np.argsort(amount, kind="stable").tolist():
        place = float(edges[index] + edges[index + 1]) / 2
        if all(abs(place - other) >= distance for other in (low, high, *chosen)):
            chosen.append(place)
            if len(chosen) == limit:
                break
    return [low, *sorted(chosen), high]


def _best_row(pieces: Sequence[_Piece], end: int, price: float) -> tuple[list[Mark], float]:
    """The row of pieces from the first cut to the last that is most probable.

    A piece's score is the logarithm of its confidence, and the price of a cut.
    """
    scores = [-math.inf] * (end + 1)
    rows: list[list[Mark]] = [[] for _ in scores]
    scores[0] = 0.0
    for piece in sorted(pieces, key=lambda piece: piece.first):
        score = scores[piece.first] + math.log(max(piece.mark.confidence, 1e-6))
        score -= price if piece.first else 0
        if score > scores[piece.last]:
            scores[piece.last] = score
            rows[piece.last] = [*rows[piece.first], piece.mark]
    return rows[end], scores[end]
