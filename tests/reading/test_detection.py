"""From the network's answer to marks, on answers made by hand and by the targets."""

from __future__ import annotations

import numpy as np
import pytest
from made_crops import make, perfect_answer

from mnistkit.reading.detection import decode, padded


def test_a_perfect_answer_is_decoded_to_the_marks_of_the_page():
    page = make(np.random.default_rng(1), 96)

    marks = decode(perfect_answer(page))

    assert len(marks) == len(page.glyphs)
    found = {
        tuple(np.rint(box).tolist()): (int(digit.argmax()) if is_digit else None, bool(print_ > 0))
        for box, digit, is_digit, print_ in zip(
            marks.boxes, marks.classes, marks.is_digit, marks.printed, strict=True
        )
    }
    assert found == {glyph.box: (glyph.label, glyph.printed) for glyph in page.glyphs}


def answer_with(*peaks):
    """An answer with peaks: row, column, channel, heat, width and height."""
    heat = np.zeros((16, 16, 2), np.float32)
    boxes = np.zeros((16, 16, 4), np.float32)
    for row, column, channel, height_of_peak, *sides in peaks:
        heat[row, column, channel] = height_of_peak
        boxes[row, column, :2] = np.log(np.array(sides) / 24)
    classes = np.full((16, 16, 10), 0.1, np.float32)
    return {"heat": heat, "classes": classes, "printed": heat[..., :1], "boxes": boxes}


def test_the_surest_of_overlapping_marks_is_kept():
    marks = decode(answer_with((4, 4, 0, 0.6, 12, 24), (4, 5, 1, 0.8, 12, 24)))

    assert len(marks) == 1
    assert not marks.is_digit[0]
    assert marks.heat[0] == pytest.approx(0.8)


def test_marks_beside_each_other_are_kept_the_surest_first():
    marks = decode(answer_with((4, 4, 0, 0.6, 12, 24), (4, 8, 0, 0.8, 12, 24)))

    assert marks.heat.tolist() == pytest.approx([0.8, 0.6])
    np.testing.assert_allclose(marks.boxes[0], [28, 6, 12, 24], atol=1e-5)


def test_a_cell_below_the_threshold_and_one_beside_a_hotter_one_are_no_marks():
    answer = answer_with((4, 4, 0, 0.6, 4, 4), (4, 5, 0, 0.5, 4, 4), (9, 9, 0, 0.2, 4, 4))

    assert len(decode(answer)) == 1
    assert len(decode(answer, threshold=0.1)) == 2


def test_an_answer_without_peaks_has_no_marks():
    assert len(decode(answer_with())) == 0


@pytest.mark.parametrize("shape", [(16, 32), (1, 1), (17, 31)])
def test_a_page_is_continued_to_whole_multiples(shape):
    page = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)

    wide = padded(page)

    assert [side % 16 for side in wide.shape] == [0, 0]
    np.testing.assert_array_equal(wide[: shape[0], : shape[1]], page)
    assert (wide[shape[0] - 1 :, -1] == page[-1, -1]).all()


def test_a_box_of_any_size_is_a_box():
    answer = answer_with((4, 4, 0, 0.6, 12, 24))
    answer["boxes"][4, 4, :2] = 500

    assert np.isfinite(decode(answer).boxes).all()
