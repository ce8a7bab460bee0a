from __future__ import annotations

import cv2
import numpy as np

from mnistkit.reading.learning.skeletons import skeleton, smoothed, thin


def drawn(*strokes, side=60, width=5):
    ink = np.zeros((side, side), np.uint8)
    for stroke in strokes:
        cv2.polylines(ink, [np.array(stroke, np.int32)], isClosed=False, color=1, thickness=width)
    return ink > 0


def test_a_stroke_is_one_path_from_end_to_end():
    [path] = skeleton(drawn([(10, 10), (50, 45)]))
    ends = sorted(map(tuple, path[[0, -1]]))

    assert np.allclose(ends, [(10, 10), (50, 45)], atol=8)


def test_a_ring_is_one_closed_path():
    ink = np.zeros((60, 60), np.uint8)
    cv2.circle(ink, (30, 30), 20, 1, 4)
    [path] = skeleton(ink > 0)

    assert np.hypot(*(path[0] - path[-1])) < 1.5
    assert np.allclose(np.hypot(*(path - 30).T), 20, atol=2)


def test_a_cross_keeps_both_strokes_straight():
    paths = skeleton(drawn([(10, 10), (50, 50)], [(50, 10), (10, 50)]))
    lengths = sorted(np.hypot(*(path[-1] - path[0])) for path in paths)

    assert lengths[-1] > 45
    assert sum(lengths) > 90


def test_ink_at_the_border_is_thinned_like_any_other():
    [path] = skeleton(np.ones((4, 30), bool))

    assert np.ptp(path[:, 0]) > 20


def test_thin_leaves_one_pixel_across():
    thinned = thin(drawn([(10, 30), (45, 30)], width=9))

    assert thinned.sum(axis=0).max() == 1


def test_nothing_has_no_path():
    assert skeleton(np.zeros((10, 10), bool)) == ()


def test_smoothing_keeps_the_ends():
    stairs = np.column_stack([np.arange(40), np.arange(40) // 2]).astype(float)
    soft = smoothed(stairs, 3)

    assert len(soft) < len(stairs) / 2
    assert np.array_equal(soft[[0, -1]], stairs[[0, -1]])
