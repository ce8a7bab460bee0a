"""What of a picture is the sheet, and what the table it lies on."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistkit.core.preprocessing.grey import GreyPicture

# Of the coarse copy's shorter side: closes over strokes.
STROKE_SHARE = 1 / 22
# Between the lightest and the darkest within a few pixels of the coarse copy: an edge, where
# a shadow fades.
EDGE_WINDOW = 5
EDGE_RATIO = 1.4
# Gaps in an edge, in pixels of the coarse copy: closing wide ones loses narrow strips.
LEAKS = (7, 15)
# Of the sheet's light; a table is darker.
TABLE_LIGHT = 0.65
# Of the picture; a larger one is no table.
MAX_TABLE = 0.8
# Of the picture's border; less is a stroke that runs off it.
MIN_BORDER = 0.05
# How far beside a table the sheet may not have its full light, and then nothing is written,
# in pixels of the coarse copy.
REACH = 10
FULL_LIGHT = 0.85
MARGIN = 4


def find_table(page: GreyPicture) -> NDArray[np.bool_]:
    """Find what is dark, reaches the border, and is parted from the sheet by a sharp edge.

    Args:
        page: A coarse copy, uint8 (height, width).

    Returns:
        bool (height, width), True where the table is.
    """
    window = max(int(STROKE_SHARE * min(page.shape)), 3) | 1
    paper = np.asarray(
        cv2.morphologyEx(page, cv2.MORPH_CLOSE, np.ones((window, window), np.uint8)), np.uint8
    )
    for leak in LEAKS:
        table = _dark_side(paper, _flat(paper, leak))
        if table.any():
            return _with_edge(table, paper)
    return np.zeros(page.shape, bool)


def _dark_side(paper: GreyPicture, flat: NDArray[np.uint8]) -> NDArray[np.bool_]:
    """The flat areas along the border that are darker than the one with most light."""
    count, areas = cv2.connectedComponents(flat, connectivity=4)
    sums = np.bincount(areas.ravel(), minlength=count)
    lights = np.bincount(areas.ravel(), paper.ravel().astype(np.float64), count)
    lights[0] = 0
    sheet = int(lights.argmax())
    dark = lights < TABLE_LIGHT * lights[sheet] / max(sums[sheet], 1) * sums
    dark[0] = False
    border = np.concatenate([areas[0], areas[-1], areas[:, 0], areas[:, -1]])
    dark &= np.isin(np.arange(count), border)
    found = dark[areas]
    is_table = np.mean(dark[border]) >= MIN_BORDER and np.mean(found) <= MAX_TABLE
    return found if is_table else np.zeros_like(found)


def _flat(paper: GreyPicture, leak: int) -> NDArray[np.uint8]:
    """1 where there is no edge."""
    light = _grown(paper, EDGE_WINDOW // 2).astype(np.float32) + 1
    dark = 256 - _grown(255 - paper, EDGE_WINDOW // 2).astype(np.float32)
    flat = (light < EDGE_RATIO * dark).astype(np.uint8)
    return np.asarray(cv2.morphologyEx(flat, cv2.MORPH_OPEN, np.ones((leak, leak), np.uint8)))


def _with_edge(table: NDArray[np.bool_], paper: GreyPicture) -> NDArray[np.bool_]:
    """Add what lies between a table and the full light of the sheet, and a margin."""
    near = _grown(table.astype(np.uint8), REACH) > 0
    dim = paper < FULL_LIGHT * _grown(paper, REACH).astype(np.float32)
    return _grown((table | (near & dim)).astype(np.uint8), MARGIN) > 0


def _grown(picture: NDArray[np.uint8], reach: int) -> NDArray[np.uint8]:
    return np.asarray(cv2.dilate(picture, np.ones((2 * reach + 1,) * 2, np.uint8)))
