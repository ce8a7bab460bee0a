"""Digits come in lines, from top to bottom and left to right, with spaces where there are gaps."""

from __future__ import annotations

import numpy as np
import pytest

from mnistkit.reading import text_lines
from mnistkit.reading.marks import Blot, Mark

HEIGHT = 40
WIDTH, STEP, PITCH = 24, 32, 70
# A number below each other, as in columns: what is left of a line is a space.
TEXTS = ("12345", "67 890", "1 2 3", "4567")


def mark(x, y, width=WIDTH, height=HEIGHT):
    box = (round(x), round(y), width, height)
    return Mark(Blot(box, np.ones((height, width), bool)), np.full(10, 0.1, np.float32))


def write(texts=TEXTS, slope=0.0, pitch=PITCH, jitter=0.0):
    """Return a mark for each digit, and its label, in reading order."""
    random = np.random.default_rng(0)
    marks, labels = [], []
    for row, text in enumerate(texts):
        for column, label in enumerate(text):
            if label != " ":
                x, y = 50 + STEP * column, 200 + pitch * row
                marks.append(mark(x, y + slope * x + jitter * random.uniform(-1, 1)))
                labels.append(label)
    return marks, labels


def read(marks, labels):
    label_of = {id(each): label for each, label in zip(marks, labels, strict=True)}
    grouped = text_lines.group(marks, HEIGHT)
    assert sorted(id(each) for line in grouped for each in line) == sorted(label_of)
    return tuple(
        text_lines.text(line, [label_of[id(each)] for each in line], HEIGHT) for line in grouped
    )


def test_lines_are_read_from_top_to_bottom_with_spaces():
    assert read(*write()) == TEXTS


@pytest.mark.parametrize("slope", [-0.15, -0.05, 0.05, 0.15])
def test_lines_may_rise_and_fall(slope):
    assert read(*write(slope=slope)) == TEXTS


@pytest.mark.parametrize("slope", [-0.15, 0.15])
def test_columns_may_rise_and_fall(slope):
    texts = ("12        34", "5         67", "890       1")
    assert read(*write(texts, slope)) == tuple(" ".join(text.split()) for text in texts)


def test_digits_may_dance():
    assert read(*write(jitter=8)) == TEXTS


def test_narrow_lines_are_told_apart():
    assert read(*write(pitch=1.15 * HEIGHT)) == TEXTS


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_marks_does_not_matter(seed):
    marks, labels = write(slope=0.05, jitter=4)
    order = np.random.default_rng(seed).permutation(len(marks))
    assert read([marks[i] for i in order], [labels[i] for i in order]) == TEXTS


def test_size_does_not_matter():
    marks, labels = write()
    grouped = text_lines.group(marks, HEIGHT)
    larger = [mark(*(5 * side for side in each.box)) for each in marks]
    for line, same in zip(grouped, text_lines.group(larger, 5 * HEIGHT), strict=True):
        assert [larger.index(each) for each in same] == [marks.index(each) for each in line]
        assert text_lines.text(same, labels[: len(same)], 5 * HEIGHT) == text_lines.text(
            line, labels[: len(line)], HEIGHT
        )


def test_columns_far_apart_are_of_one_line():
    texts = ("12        34", "5         67", "890       1")
    assert read(*write(texts)) == tuple(" ".join(text.split()) for text in texts)


def test_a_line_may_bend():
    marks, labels = write(("123456789",))
    bent = [mark(each.box[0], 200 + 20 * np.sin(each.box[0] / 100)) for each in marks]
    assert read(bent, labels) == ("123456789",)


def test_digits_below_each_other_are_lines_of_their_own():
    assert read(*write(("1", "2", "3", "4"))) == ("1", "2", "3", "4")


def test_a_narrow_digit_needs_no_space():
    marks = [mark(100, 100), mark(132, 100, width=6), mark(150, 100)]
    assert read(marks, "717") == ("717",)


def test_small_and_large_digits_share_a_line():
    marks = [mark(100, 100), mark(132, 110, height=28), mark(164, 92, height=52)]
    assert read(marks, "123") == ("123",)


def test_one_digit_is_a_line():
    assert read([mark(10, 10)], "7") == ("7",)


def test_nothing_is_no_line():
    assert text_lines.group([], HEIGHT) == []
