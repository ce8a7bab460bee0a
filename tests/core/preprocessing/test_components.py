"""What hangs together in a picture, compared with SciPy."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from mnistkit.core.preprocessing.components import find_components

DIAGONALS_TOUCH = np.ones((3, 3), int)


def spiral(side):
    """One stroke that winds to the middle: the last of its runs to be met join the first."""
    mask = np.zeros((side, side), bool)
    top, left, bottom, right = 0, 0, side - 1, side - 1
    while top < bottom and left < right:
        mask[top, left : right + 1] = True
        mask[top : bottom + 1, right] = True
        mask[bottom, left : right + 1] = True
        mask[top + 2 : bottom + 1, left] = True
        mask[min(top + 2, bottom), left : left + 3] = True
        top, left, bottom, right = top + 2, left + 2, bottom - 2, right - 2
    return mask


RANDOM = np.random.default_rng(0)
MASKS = {
    **{f"{share} of noise": RANDOM.random((40, 57)) < share for share in (0.1, 0.3, 0.45, 0.6)},
    "a spiral": spiral(31),
    "a chessboard": np.indices((9, 12)).sum(axis=0) % 2 == 0,
    "a comb": np.pad(np.indices((8, 21))[1] % 2 == 0, ((0, 1), (0, 0)), constant_values=True),
    "one pixel": np.eye(1, dtype=bool),
    "a diagonal": np.eye(12, dtype=bool),
    "all of it": np.ones((7, 9), bool),
    "a row": RANDOM.random((1, 60)) < 0.5,
    "a column": RANDOM.random((60, 1)) < 0.5,
    "rows apart": np.indices((9, 5))[0] % 4 == 3,
}


@pytest.mark.parametrize("mask", MASKS.values(), ids=MASKS)
def test_the_components_are_those_that_scipy_finds(mask):
    ink = RANDOM.random(mask.shape).astype(np.float32)
    found = find_components(mask, ink)
    labels, count = ndimage.label(mask, DIAGONALS_TOUCH)
    assert len(found.top) == count
    boxes = {
        (rows.start, rows.stop, columns.start, columns.stop): labels[rows, columns]
        for rows, columns in ndimage.find_objects(labels)
    }
    seen = set()
    for number in range(count):
        own = found.mask(np.arange(count) == number, mask.shape)
        (label,) = np.unique(labels[own])
        seen.add(int(label))
        np.testing.assert_array_equal(own, labels == label)
        box = tuple(int(x[number]) for x in (found.top, found.bottom, found.left, found.right))
        assert box in boxes
        assert found.extent[number] == max(box[1] - box[0], box[3] - box[2])
        assert found.mass[number] == pytest.approx(ink[labels == label].sum(), rel=1e-4)
    assert seen == set(range(1, count + 1))


@pytest.mark.parametrize("box", [(0, 40, 0, 57), (3, 20, 10, 30), (5, 5, 0, 57), (39, 40, 56, 57)])
def test_the_share_of_each_component_in_a_box(box):
    mask = MASKS["0.3 of noise"]
    found = find_components(mask, mask.astype(np.float32))
    top, bottom, left, right = box
    inside = np.zeros_like(mask)
    inside[top:bottom, left:right] = True
    for number, share in enumerate(found.share_within(*box)):
        own = found.mask(np.arange(len(found.top)) == number, mask.shape)
        assert share == pytest.approx(inside[own].mean())


def test_a_mask_of_several_components_is_all_of_them_and_of_none_is_empty():
    mask = MASKS["0.1 of noise"]
    found = find_components(mask, mask.astype(np.float32))
    every = np.ones(len(found.top), bool)
    np.testing.assert_array_equal(found.mask(every, mask.shape), mask)
    assert not found.mask(~every, mask.shape).any()
