from __future__ import annotations

import numpy as np
import pytest

from mnistkit.reading.learning.drawing import View, draw
from mnistkit.reading.learning.hands import draw_hand, write_digit
from mnistkit.reading.learning.marks import Mark, Pen, Shape, bounds, moved, placed, rectangle

PEN = Pen(0.1, 1.0)


def view(scale: float, tilt: float = 0.0) -> View:
    return View(np.array([[scale, 0.0, 0.0], [0.0, scale, 0.0], [tilt, 0.0, 1.0]]))


def box_of_ink(cover):
    rows, columns = np.nonzero(cover > 64)
    return columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1


@pytest.mark.parametrize("scale", [14.0, 30.0, 110.0, 450.0])
def test_boxes_are_tight_around_the_ink_of_any_hand(digits, scale):
    source = np.random.default_rng(0)
    hand = draw_hand(source, digits, digits.typefaces.handwritten[0])
    for label in range(10):
        shape = placed(write_digit(hand, label, digits, source), 0.8, (0.6, 1.8))
        cover = np.zeros((int(3 * scale), int(4 * scale)), np.uint8)
        [box] = draw([Mark(shape.parts, PEN, shape.filled)], view(scale), cover, source)

        assert np.allclose(box, box_of_ink(cover), atol=1.1)


def test_boxes_follow_a_tilted_page(digits):
    source = np.random.default_rng(1)
    shape = placed(digits.typefaces.printed[0].outline("8"), 1.0, (2.0, 2.0))
    cover = np.zeros((160, 300), np.uint8)
    [box] = draw([Mark(shape.parts, PEN, filled=True)], view(60, tilt=0.1), cover, source)

    assert np.allclose(box, box_of_ink(cover), atol=1.1)


def test_a_box_cut_by_the_border_reaches_beyond_it():
    stroke = np.array([(-1.0, 1.0), (1.0, 1.0)])
    [box] = draw(
        [Mark((stroke,), PEN)], view(20), np.zeros((40, 40), np.uint8), np.random.default_rng(0)
    )

    assert np.allclose(box, (-21, 19, 42, 2))


def test_a_mark_beside_the_picture_leaves_no_ink():
    cover = np.zeros((40, 40), np.uint8)
    stroke = np.array([(5.0, 1.0), (6.0, 1.0)])
    draw([Mark((stroke,), PEN)], view(20), cover, np.random.default_rng(0))

    assert not cover.any()


def test_a_mark_at_the_horizon_is_drawn_in_bounded_memory():
    stroke = np.array([(1.0, 1.0), (1e4, 1.0)])
    cover = np.zeros((40, 40), np.uint8)
    [box] = draw([Mark((stroke,), PEN)], view(20, tilt=-0.1), cover, np.random.default_rng(0))

    assert np.isfinite(box).all()


def test_overlapping_ink_is_as_dark_as_its_darkest():
    cover = np.zeros((40, 40), np.uint8)
    stroke = np.array([(0.5, 1.0), (1.5, 1.0)])
    marks = [Mark((stroke,), Pen(0.3, dark)) for dark in (0.4, 0.8, 0.2)]
    draw(marks, view(20), cover, np.random.default_rng(0))

    assert cover.max() == int(0.8 * 255)


def test_pressure_changes_the_width_and_not_the_path():
    cover = np.zeros((400, 60), np.uint8)
    stroke = np.column_stack([np.full(40, 0.3), np.linspace(0.1, 3.9, 40)])
    draw([Mark((stroke,), Pen(0.1, 1, pressure=1))], view(100), cover, np.random.default_rng(0))
    widths = np.count_nonzero(cover[20:380], axis=1)

    assert widths.min() < 9
    assert widths.max() > 11
    assert cover[20:380, 30].all()


def test_moving_and_placing_keep_the_form():
    marks = rectangle((0, 0, 2, 1), PEN)

    assert bounds(moved(marks, 3, 4)) == (3, 4, 5, 5)
    half = placed(
        Shape((np.array([(0.0, 0.0), (1.0, 0.0)]),), filled=False, advance=1), 0.5, (1, 1)
    )
    assert half.advance == pytest.approx(0.5)
    assert np.allclose(half.parts[0], [(1, 1), (1.5, 1)])
