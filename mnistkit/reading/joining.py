"""Joining the pieces of digits whose strokes do not meet."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from mnistkit.core.models.classifier import Classifier
from mnistkit.reading.digit_height import SURE
from mnistkit.reading.marks import Mark, join, look
from mnistkit.reading.page_ink import PageInk

# In heights of a usual digit.
GAP_ACROSS, GAP_DOWN = 0.21, 0.35
MAX_WIDTH, MAX_HEIGHT = 1.2, 1.35
WHOLE_HEIGHT = 0.6
# Of the larger piece of two, the longer side.
MIN_PIECE = 0.4
ROUNDS = 2
MAX_PAIRS = 250
MIN_CONFIDENCE = 0.5
# Of the narrower of two marks: so much above each other they are pieces of one.
OVERLAP = 0.5


def join_pieces(
    classifier: Classifier, page: PageInk, marks: Sequence[Mark], height: float
) -> list[Mark]:
    """Join pieces with what they are a piece of, where that looks more like a digit."""
    joined = list(marks)
    for _ in range(ROUNDS):
        pairs = _pairs(joined, height)
        blots = [join(joined[one].blot, joined[other].blot) for one, other in pairs]
        unions = look(classifier, page, blots)
        gone: set[int] = set()
        added = []
        for pair, union in sorted(
            zip(pairs, unions, strict=True), key=lambda found: -found[1].confidence
        ):
            if gone.isdisjoint(pair) and _is_better(
                union, joined[pair[0]], joined[pair[1]], height
            ):
                gone.update(pair)
                added.append(union)
        joined = [*added, *(mark for index, mark in enumerate(joined) if index not in gone)]
        if not added:
            break
    return joined


def _pairs(marks: Sequence[Mark], height: float) -> list[tuple[int, int]]:
    """Marks near one another that together are no larger than a digit, the largest first."""
    boxes = np.array([mark.box for mark in marks], float).reshape(-1, 4) / height
    low, high = boxes[:, :2], boxes[:, :2] + boxes[:, 2:]
    gap = np.maximum(low[:, None] - high[None], low[None] - high[:, None])
    size = np.maximum(high[:, None], high[None]) - np.minimum(low[:, None], low[None])
    near = (gap < [GAP_ACROSS, GAP_DOWN]).all(axis=2)
    near &= (size <= [MAX_WIDTH, MAX_HEIGHT]).all(axis=2)
    pairs = np.argwhere(np.triu(near, 1))
    whole = np.array(
        [mark.confidence >= SURE and mark.height >= WHOLE_HEIGHT * height for mark in marks], bool
    )
    # Two whole digits, unless one is above the other.
    beside = gap[..., 0] > -OVERLAP * np.minimum(boxes[:, None, 2], boxes[None, :, 2])
    pairs = pairs[~(whole[pairs].all(axis=1) & beside[tuple(pairs.T)])]
    pairs = pairs[boxes[pairs][..., 2:].max(axis=(1, 2)) >= MIN_PIECE]
    order = np.argsort(-size[tuple(pairs.T)].max(axis=1), kind="stable")[:MAX_PAIRS]
    return [(int(one), int(other)) for one, other in pairs[order]]


def _is_better(union: Mark, one: Mark, other: Mark, height: float) -> bool:
    larger, smaller = (one, other) if one.height >= other.height else (other, one)
    if union.confidence < MIN_CONFIDENCE:
        return False
    if smaller.confidence >= MIN_CONFIDENCE and smaller.height >= WHOLE_HEIGHT * height:
        overlap = min(one.box[0] + one.width, other.box[0] + other.width)
        overlap -= max(one.box[0], other.box[0])
        if overlap > OVERLAP * min(one.width, other.width):
            return union.confidence >= SURE
        return union.confidence > max(larger.confidence, smaller.confidence) + 0.1
    return union.confidence >= larger.confidence - 0.02
