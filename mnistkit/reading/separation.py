"""Separating digits from each other and from lines, by asking for more and more ink."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mnistkit.core.models.classifier import Classifier
from mnistkit.reading.digit_height import SURE
from mnistkit.reading.marks import Blot, Mark, find_blots, look, place, unasked
from mnistkit.reading.page_ink import PageInk, without_ruling

# Of the usual strength of the ink of digits.
LEVEL_SHARES = (0.32, 0.5, 0.7)
MAX_BLOTS = 2500
# In heights of a usual digit.
DUST = 0.15
MIN_ASKED, MAX_ASKED, MAX_ASKED_WIDTH = 0.35, 1.7, 2.5
MIN_HEIGHT, MAX_HEIGHT = 0.5, 1.6
LINE_LENGTH = 3.5


def find_marks(classifier: Classifier, page: PageInk, height: float, strength: float) -> list[Mark]:
    """Find the marks of a page: each at the least ink at which it looks like a digit.

    Args:
        classifier: Tells what looks like a digit.
        page: Where digits have a usual height.
        height: That height, in pixels of the page's copy.
        strength: The usual strength of the ink of digits, 0 to 255.
    """
    levels = [max(page.floor, share * strength) for share in LEVEL_SHARES]
    page = without_ruling(page, levels[0], LINE_LENGTH * height)
    blots = find_blots(page.smooth >= levels[0], DUST * height)[:MAX_BLOTS]
    marks = _asked(classifier, page, blots, height)
    for level in levels[1:]:
        marks = _separated(classifier, page, marks, height, level)
    return marks


def _separated(
    classifier: Classifier, page: PageInk, marks: Sequence[Mark], height: float, level: float
) -> list[Mark]:
    """Replace marks that look like no digit by their parts with more ink, where one does."""
    doubtful = [
        mark for mark in marks if mark.confidence < SURE and mark.height >= MIN_HEIGHT * height
    ]
    settled = [
        mark for mark in marks if mark.confidence >= SURE or mark.height < MIN_HEIGHT * height
    ]
    parts = [
        find_blots(
            mark.blot.mask & (page.smooth[place(mark.box)] >= level),
            DUST * height,
            mark.box[:2],
        )
        for mark in doubtful
    ]
    looked = iter(_asked(classifier, page, [blot for blots in parts for blot in blots], height))
    for mark, blots in zip(doubtful, parts, strict=True):
        pieces = [next(looked) for _ in blots]
        settled += pieces if _is_better(pieces, mark, height) else [mark]
    return settled


def _is_better(pieces: Sequence[Mark], mark: Mark, height: float) -> bool:
    confidence = max(
        (
            piece.confidence
            for piece in pieces
            if MIN_HEIGHT * height <= piece.height <= MAX_HEIGHT * height
        ),
        default=0.0,
    )
    return confidence >= SURE or confidence > mark.confidence + 0.1


def _asked(
    classifier: Classifier, page: PageInk, blots: Sequence[Blot], height: float
) -> list[Mark]:
    """Look at blots; in vain where their size is far from a digit's."""
    sizes = np.array([blot.box[2:] for blot in blots], float).reshape(-1, 2) / height
    fits = (sizes[:, 1] >= MIN_ASKED) & (sizes[:, 1] <= MAX_ASKED)
    fits &= sizes[:, 0] <= MAX_ASKED_WIDTH
    asked = iter(look(classifier, page, [blots[index] for index in np.flatnonzero(fits).tolist()]))
    rest = iter(unasked(classifier, [blots[index] for index in np.flatnonzero(~fits).tolist()]))
    return [next(asked) if fit else next(rest) for fit in fits]
