"""Which way up a page is, by its digits."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.arrays import Images
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.preprocessing.image_form import image_of
from mnistkit.reading.marks import Mark, ink_of_blot
from mnistkit.reading.page import FirstLook
from mnistkit.reading.page_ink import PageInk

SAMPLE = 40
# The mean confidence of upright digits; then nothing else is tried.
UPRIGHT = 0.995
MIN_UPRIGHT = 6
# How much more the digits of the best turn have to be sure, in the sum of the logarithms of
# their confidence.
CLEAR = 3.0
# What is no digit in any turn tells nothing.
MIN_CONFIDENCE = 0.6
LOWEST = 0.02
# Of its width, or its height: more is the edge of a sheet, and on its side a sure one.
MAX_LENGTH = 12
# Shares of the sample's middle height.
MIN_SIZE, MAX_SIZE = 0.5, 2.0


def find_turn(classifier: Classifier, seen: FirstLook) -> int:
    """Find how far to turn a page for its digits to stand upright.

    Args:
        classifier: Tells digits, and what is none.
        seen: What was found in the page's likeliest view.

    Returns:
        Degrees clockwise, 0, 90, 180 or 270; 0 unless another is clearly better.
    """
    sample = _sample(seen.marks)
    if not sample:
        return 0
    confidences = _confidences(classifier, seen.page, sample)
    telling = confidences.max(axis=1) >= MIN_CONFIDENCE
    scores = np.log(np.maximum(confidences[telling], LOWEST)).sum(axis=0)
    best = int(scores.argmax())
    return 90 * best if scores[best] > scores[0] + CLEAR else 0


def _sample(marks: Sequence[Mark]) -> list[Mark]:
    """Marks of the usual size, whichever way up, from all over the page."""
    marks = [mark for mark in marks if max(mark.box[2:]) <= MAX_LENGTH * min(mark.box[2:])]
    if not marks:
        return []
    sizes = np.array([max(mark.box[2:]) for mark in marks], float)
    order = np.argsort(sizes)
    # The larger count more: there is much dust.
    share = np.cumsum(sizes[order] ** 2) / np.square(sizes).sum()
    middle = sizes[order[np.searchsorted(share, 0.5)]]
    usual = np.flatnonzero((sizes >= MIN_SIZE * middle) & (sizes <= MAX_SIZE * middle))
    step = max(len(usual) / SAMPLE, 1)
    return [marks[usual[int(place)]] for place in np.arange(0, len(usual), step)]


def _confidences(
    classifier: Classifier, page: PageInk, sample: Sequence[Mark]
) -> NDArray[np.float64]:
    """Of each mark in the four turns, float64 (marks, 4)."""
    confidences = np.zeros((len(sample), 4))
    confidences[:, 0] = [mark.confidence for mark in sample]
    if len(sample) >= MIN_UPRIGHT and confidences[:, 0].mean() >= UPRIGHT:
        return confidences
    inks = [ink_of_blot(page, mark.blot) for mark in sample]
    for turn in (1, 2, 3):
        images: Images = np.stack([image_of(np.rot90(ink, -turn)) for ink in inks])
        confidences[:, turn] = classifier.predict(images).max(axis=1)
    return confidences
