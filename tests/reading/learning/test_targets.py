"""What the network should say of a page, against a slow computation of it."""

from __future__ import annotations

import math

import numpy as np
import pytest
from made_crops import make

from mnistkit.reading.learning.made_page import Glyph, MadePage
from mnistkit.reading.learning.targets import stacked, targets


def page(*glyphs, shape=(64, 96)):
    return MadePage(np.zeros(shape, np.uint8), glyphs, "rows")


def mark(box, label, *, printed=False):
    return Glyph(box, label, printed, row=0, number=0)


def test_a_mark_has_its_peak_its_class_and_its_box_in_the_cell_of_its_middle():
    made = targets(page(mark((20.0, 10.0, 12.0, 24.0), 7, printed=True)))

    # The middle is at x 26, y 22: in the column from 24 to 28 and the row from 20 to 24.
    assert np.argwhere(made.heat[..., 0] == 1).tolist() == [[5, 6]]
    assert made.heat[..., 1].max() == 0
    assert made.label[5, 6] == 7
    assert made.printed[5, 6] == 1
    np.testing.assert_allclose(made.boxes[5, 6], [math.log(0.5), 0, 0, 0], atol=1e-6)
    # One cell to the left the middle is one cell further.
    np.testing.assert_allclose(made.boxes[5, 5], [math.log(0.5), 0, 1, 0], atol=1e-6)
    assert set(np.unique(made.label)) == {-1, 7}


def slow_heat(glyphs, shape, *, digits):
    rows, columns = shape[0] // 4, shape[1] // 4
    heat = np.zeros((rows, columns))
    for glyph in glyphs:
        left, top, width, height = glyph.box
        row, column = int((top + height / 2) // 4), int((left + width / 2) // 4)
        for y in range(rows):
            for x in range(columns):
                down = (y - row) / max(0.6, 0.14 * height / 4)
                across = (x - column) / max(0.6, 0.14 * width / 4)
                bell = math.exp(-(down**2 + across**2) / 2)
                if (glyph.label is not None) == digits:
                    heat[y, x] = max(heat[y, x], bell)
    return heat


def test_the_heat_is_the_highest_bell_of_each_kind():
    made = make(np.random.default_rng(3), 96)

    heat = targets(made).heat

    for channel, digits in enumerate((True, False)):
        expected = slow_heat(made.glyphs, made.grey.shape, digits=digits)
        np.testing.assert_allclose(heat[..., channel], expected, atol=1e-6)


def test_a_cell_between_two_marks_is_of_the_nearer_one():
    near = mark((20.0, 10.0, 30.0, 40.0), 3)
    far = mark((36.0, 10.0, 30.0, 40.0), 5)

    for order in ((near, far), (far, near)):
        label = targets(page(*order)).label
        assert label[7, 8] == 3
        assert label[7, 12] == 5


@pytest.mark.parametrize("box", [(-3.0, 20.0, 16.0, 20.0), (84.0, 20.0, 16.0, 20.0)])
def test_a_mark_that_the_edge_cuts_is_not_counted(box):
    inside = mark((44.0, 20.0, 8.0, 20.0), 1)

    made = targets(page(mark(box, 4), inside))

    assert (made.label != 4).all()
    column = 1 if box[0] < 0 else 22
    assert made.counted[7, column] == 0
    assert made.counted[7, 12] == 1


def test_a_whole_mark_counts_inside_the_box_of_one_that_is_cut():
    cut = mark((-10.0, 0.0, 90.0, 60.0), 0)
    whole = mark((40.0, 20.0, 8.0, 20.0), 1)

    made = targets(page(cut, whole))

    assert made.counted[7, 11] == 1
    assert made.counted[7, 5] == 0


def test_a_batch_stacks_the_targets_of_its_pages():
    pages = [targets(make(np.random.default_rng(seed), 96)) for seed in range(3)]

    batch = stacked(pages)

    assert batch.heat.shape == (3, 24, 24, 2)
    np.testing.assert_array_equal(batch.boxes[2], pages[2].boxes)
