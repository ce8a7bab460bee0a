"""Digits come in rows, from top to bottom and left to right."""

from __future__ import annotations

import time

import numpy as np
import pytest

from mnistkit.reading.rows import group_rows, usual_heights

HEIGHT, WIDTH, STEP, PITCH = 40, 24, 32, 70
TEXTS = ("12345", "67 890", "1 2 3", "4567")
COLUMNS = ("12        34", "5         67", "890       1")


def write(texts=TEXTS, slope=0.0, pitch=PITCH, jitter=0.0):
    """Return a box for each digit, and the rows of their positions, in reading order."""
    random = np.random.default_rng(0)
    boxes, rows = [], []
    for number, text in enumerate(texts):
        rows.append([])
        for column, label in enumerate(text):
            if label != " ":
                x, y = 50 + STEP * column, 200 + pitch * number
                rows[-1].append(len(boxes))
                boxes.append((x, y + slope * x + jitter * random.uniform(-1, 1), WIDTH, HEIGHT))
    return np.array(boxes, float), rows


def test_rows_are_read_from_top_to_bottom():
    boxes, rows = write()
    assert group_rows(boxes) == rows


@pytest.mark.parametrize("texts", [TEXTS, COLUMNS], ids=["numbers", "columns"])
@pytest.mark.parametrize("slope", [-0.15, -0.05, 0.05, 0.15])
def test_rows_may_rise_and_fall(texts, slope):
    boxes, rows = write(texts, slope)
    assert group_rows(boxes) == rows


def test_digits_may_dance():
    boxes, rows = write(jitter=8)
    assert group_rows(boxes) == rows


def test_narrow_rows_are_told_apart():
    boxes, rows = write(pitch=1.15 * HEIGHT)
    assert group_rows(boxes) == rows


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_boxes_does_not_matter(seed):
    boxes, rows = write(slope=0.05, jitter=4)
    order = np.random.default_rng(seed).permutation(len(boxes))
    assert [order[row].tolist() for row in group_rows(boxes[order])] == rows


@pytest.mark.parametrize("scale", [0.1, 0.7, 5, 300])
def test_size_does_not_matter(scale):
    boxes, rows = write(slope=0.05, jitter=4)
    assert group_rows(scale * boxes) == rows


def test_columns_far_apart_are_of_one_row():
    boxes, rows = write(COLUMNS)
    assert group_rows(boxes) == rows


def test_a_row_may_bend():
    boxes, rows = write(("123456789", "123456789"))
    boxes[:, 1] += 20 * np.sin(boxes[:, 0] / 100)
    assert group_rows(boxes) == rows


def test_digits_below_each_other_are_rows_of_their_own():
    boxes, rows = write(("1", "2", "3", "4"))
    assert group_rows(boxes) == rows


@pytest.mark.parametrize("times", [0.4, 0.6, 1.5, 2])
def test_small_and_large_digits_share_a_row(times):
    """A small zero stands on the line or above it, a long seven reaches below."""
    boxes, rows = write(("12345", "67890"))
    for index in (2, 7):
        boxes[index, 1] += HEIGHT * (1 - times) / 2
        boxes[index, 2:] *= times
    assert group_rows(boxes) == rows


def test_rows_of_different_sizes_are_rows():
    small, rows = write(("12345", "67890"))
    large = 2.5 * small + np.array([0, 200, 0, 0])
    both = np.concatenate([small, large])
    count = len(small)
    assert group_rows(both) == [*rows, *([index + count for index in row] for row in rows)]


def test_one_digit_is_a_row():
    assert group_rows(np.array([(10.0, 10, WIDTH, HEIGHT)])) == [[0]]


def test_nothing_is_no_row():
    assert group_rows(np.empty((0, 4))) == []


def test_the_usual_height_is_that_of_the_neighbours():
    small, _ = write(("12345", "67890"))
    large = 3 * small + np.array([2000, 0, 0, 0])
    large[3, 3] *= 0.4
    heights = usual_heights(np.concatenate([small, large]))
    assert set(heights) == {HEIGHT, 3 * HEIGHT}


def test_thousands_of_boxes_take_seconds():
    random = np.random.default_rng(0)
    corners = random.uniform(0, (4000, 3000), (800, 2))
    boxes = np.concatenate([corners, random.uniform(10, 30, (800, 2))], axis=1)
    # Of computing: how many others compute at the same time says nothing about it.
    began = time.process_time()
    assert sum(map(len, group_rows(boxes))) == len(boxes)
    assert time.process_time() - began < 10
