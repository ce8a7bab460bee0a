"""From the network's answer for a page to the marks on it: peaks, their boxes, digits or not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistkit.core.preprocessing.grey import GreyPicture

STRIDE = 4
"""The side of a cell, in pixels of the page."""

MULTIPLE = 16
"""Height and width of what the network takes are multiples of it."""

UNIT_SIDE = 24.0
"""The network says a box's sides as logarithms of multiples of this, in pixels."""

OUTPUTS = {"heat": 2, "classes": 10, "printed": 1, "boxes": 4}
"""The network's outputs and how many numbers each has for a cell.

`heat`: the probabilities that the middle of a digit, or of another mark, lies in the cell;
`classes`: which digit; `printed`: the probability of print; `boxes`: the logarithms of width and
height, then the middle's distance from that of the cell, x and y, in cells.
"""

Answer = Mapping[str, NDArray[np.float32]]
"""The outputs by their names, each float32 (rows, columns, channels) of one page."""

# A box has sides of 0.4 to 1,300 pixels.
MOST_LOGARITHM = 4.0

THRESHOLD = 0.3
MOST_MARKS = 2000
# Of the smaller one of two boxes: more of it is the same mark.
SAME_MARK = 0.5


@dataclass(frozen=True)
class Marks:
    """Marks on a page, the surest first.

    Args:
        boxes: float32 (n, 4): left, top, width and height, in pixels.
        heat: float32 (n,): the probability that there is such a mark.
        is_digit: bool (n,): a digit, or another mark such as a letter or a sign.
        classes: float32 (n, 10): which digit, if it is one.
        printed: float32 (n,): the probability that it is printed.
    """

    boxes: NDArray[np.float32]
    heat: NDArray[np.float32]
    is_digit: NDArray[np.bool_]
    classes: NDArray[np.float32]
    printed: NDArray[np.float32]

    def __len__(self) -> int:
        return len(self.heat)

    def of(self, chosen: NDArray[np.intp] | NDArray[np.bool_]) -> Marks:
        """Return some of the marks, by their positions or a mask."""
        return Marks(**{name: values[chosen] for name, values in vars(self).items()})


def padded(page: GreyPicture) -> GreyPicture:
    """Return a page, continued to the right and below by its edge, as the network takes it."""
    below, right = (-side % MULTIPLE for side in page.shape)
    return np.pad(page, ((0, below), (0, right)), mode="edge")


def decode(answer: Answer, threshold: float = THRESHOLD) -> Marks:
    """Return the marks of one page whose heat is at least `threshold`.

    Args:
        answer: What the network gave, with probabilities.
        threshold: From 0 to 1.
    """
    marks = _at(answer, *_peaks(answer["heat"], threshold))
    return marks.of(without_repeats(marks.boxes))


def _peaks(
    heat: NDArray[np.float32], threshold: float
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.intp]]:
    """Return rows, columns and channels of the cells above their neighbours, hottest first."""
    around = np.ones((3, 3), np.uint8)
    channels = range(heat.shape[-1])
    highest = np.stack([cv2.dilate(heat[..., channel], around) for channel in channels], axis=-1)
    rows, columns, kinds = np.nonzero((heat >= highest) & (heat >= threshold))
    order = np.argsort(-heat[rows, columns, kinds], kind="stable")[:MOST_MARKS]
    return rows[order], columns[order], kinds[order]


def _at(
    answer: Answer, rows: NDArray[np.intp], columns: NDArray[np.intp], kinds: NDArray[np.intp]
) -> Marks:
    boxes = answer["boxes"][rows, columns]
    sides = UNIT_SIDE * np.exp(np.clip(boxes[:, :2], -MOST_LOGARITHM, MOST_LOGARITHM))
    middles = STRIDE * (np.stack([columns, rows], axis=1) + 0.5 + boxes[:, 2:])
    return Marks(
        boxes=np.concatenate([middles - sides / 2, sides], axis=1).astype(np.float32),
        heat=answer["heat"][rows, columns, kinds],
        is_digit=kinds == 0,
        classes=answer["classes"][rows, columns],
        printed=answer["printed"][rows, columns, 0],
    )


def without_repeats(boxes: NDArray[np.float32]) -> NDArray[np.intp]:
    """Return the positions of boxes that lie mostly outside of every one kept before them."""
    corners = np.concatenate([boxes[:, :2], boxes[:, :2] + boxes[:, 2:]], axis=1)
    areas = boxes[:, 2] * boxes[:, 3]
    kept: list[int] = []
    for position, corner in enumerate(corners):
        before = corners[kept]
        shared = np.minimum(before[:, 2:], corner[2:]) - np.maximum(before[:, :2], corner[:2])
        overlap = np.prod(np.maximum(shared, 0), axis=1)
        if not (overlap > SAME_MARK * np.minimum(areas[kept], areas[position])).any():
            kept.append(position)
    return np.array(kept, np.intp)
