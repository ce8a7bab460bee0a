"""The images that a page shows, all of a result in one PNG."""

from __future__ import annotations

import base64
import io
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.arrays import IMAGE_SHAPE, Images
from mnistkit.evaluation.metrics import Evaluation

COLUMNS = 32
"""Images side by side in the PNG."""

MOST_IMAGES = 1200
"""Images on a page; 784 bytes each are at most 1.3 MB in base64."""

MOST_LISTED = 16
"""Images in each list: the worst mistakes, the most doubtful ones."""

MOST_WRONG, MOST_RIGHT = 40, 12
"""Images of a cell of the confusion matrix, off its diagonal and on it."""


@dataclass(frozen=True)
class Chosen:
    """Positions in the split; `shown` has each position once, in the order of the PNG."""

    worst: list[int]
    doubtful: list[int]
    shown: list[int]


def choose(evaluation: Evaluation, most: int) -> Chosen:
    """Return the images to show, about `most`: the two lists, then the cells of the matrix.

    Cells take turns, so that a frequent confusion leaves room for the rare ones.
    """
    worst = evaluation.worst_mistakes(MOST_LISTED).tolist()
    doubtful = evaluation.most_doubtful(MOST_LISTED).tolist()
    wrong = evaluation.predicted != evaluation.class_indices
    of_cells = [
        *_by_turns(evaluation, wrong, MOST_WRONG)[: most * 2 // 3],
        *_by_turns(evaluation, ~wrong, MOST_RIGHT)[: most // 3],
    ]
    return Chosen(worst, doubtful, list(dict.fromkeys([*worst, *doubtful, *of_cells])))


def _by_turns(evaluation: Evaluation, mask: NDArray[np.bool_], most: int) -> list[int]:
    """Return the positions where `mask`, first one of each cell, then a second one, up to `most`.

    A cell's most confident mistakes come first, and its least confident right answers.
    """
    positions = np.flatnonzero(mask)
    cells = evaluation.class_indices * len(evaluation.class_names) + evaluation.predicted
    confidence = evaluation.probabilities.max(axis=1)
    sign = np.where(evaluation.predicted == evaluation.class_indices, 1, -1)
    keys = (sign * confidence)[positions], cells[positions]
    order = positions[np.lexsort(keys)]
    starts = np.flatnonzero(np.diff(cells[order], prepend=-1))
    turns = np.arange(len(order)) - np.repeat(starts, np.diff([*starts, len(order)]))
    by_turn = order[np.argsort(turns, kind="stable")]
    chosen: list[int] = by_turn[: int((turns < most).sum())].tolist()
    return chosen


def data_uri(images: Images) -> str:
    """Return images, uint8 (n, 28, 28), as one PNG in rows of 32, in a data URI."""
    from PIL import Image

    height, width = IMAGE_SHAPE
    rows = max(1, -(-len(images) // COLUMNS))
    grid = np.zeros((rows * COLUMNS, height, width), np.uint8)
    grid[: len(images)] = images
    sheet = grid.reshape(rows, COLUMNS, height, width).swapaxes(1, 2)
    encoded = io.BytesIO()
    picture = Image.fromarray(sheet.reshape(rows * height, COLUMNS * width))
    picture.save(encoded, "PNG", compress_level=9)
    return "data:image/png;base64," + base64.b64encode(encoded.getvalue()).decode()
