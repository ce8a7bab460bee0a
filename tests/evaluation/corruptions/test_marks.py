"""Marks over the digit: where they are and how much they hide."""

from __future__ import annotations

import numpy as np
import pytest

from mnistkit.evaluation.corruptions import corrupt


@pytest.fixture(scope="module")
def blank():
    return np.zeros((200, 28, 28), np.uint8)


def test_mud_is_dark_grey_over_paper_and_ink_alike(blank):
    on_black, on_white = (corrupt(paper, "spatter") for paper in (blank, 255 - blank))
    mud = on_black > 0
    np.testing.assert_array_equal(mud, on_white < 255)
    # Where the liquid is thickest there is nothing but mud, everywhere else at least four fifths.
    assert 60 <= on_black.max() <= 63
    assert on_black[mud].min() == round(63 * 0.8)
    assert on_white[mud].max() <= round(255 * 0.2 + 63 * 0.8) + 1
    assert 0.05 < mud.mean() < 0.3


def test_a_dotted_line_is_seven_dashes_of_two_columns_on_a_straight_line(blank):
    drawn = corrupt(blank, "dotted_line").astype(float)
    columns = np.arange(28)
    dashes = (columns % 4 >= 2) & (columns < 27)
    assert drawn[:, :, ~dashes].max() == 0
    rows = np.arange(28)[:, None]
    for image in drawn:
        whole = image[2:-2][:, dashes].max(axis=0) > 0
        lit = image[:, dashes]
        middles = (lit * rows).sum(axis=0) / np.maximum(lit.sum(axis=0), 1)
        inner = whole & (middles > 3) & (middles < 24)
        if inner.sum() > 3:
            line = np.polyfit(columns[dashes][inner], middles[inner], 1)
            assert np.abs(np.polyval(line, columns[dashes]) - middles)[inner].max() < 0.5
    assert drawn.max(axis=(1, 2)).min() > 150


def test_a_zigzag_swings_by_two_rows_and_repeats_itself_after_eight_columns(blank):
    drawn = corrupt(blank, "zigzag").astype(float)
    assert drawn[:, :, :2].max() == 0
    assert drawn[:, :, 26:].max() == 0
    rows = np.arange(28)[:, None]
    inside = drawn[(drawn[:, 0] + drawn[:, 1] + drawn[:, -2] + drawn[:, -1]).max(axis=1) == 0]
    assert len(inside) > 50
    lit = inside[:, :, 3:24]
    middles = (lit * rows).sum(axis=1) / lit.sum(axis=1)
    steps = np.arange(21)
    waves = [middle - np.polyval(np.polyfit(steps, middle, 1), steps) for middle in middles]
    assert np.abs(waves).max(axis=1) == pytest.approx(2, abs=0.8)
    spectrum = np.abs(np.fft.rfft(np.array(waves)[:, :16], axis=1))
    assert (spectrum.argmax(axis=1) == 2).all()
    tilt = np.degrees(np.arctan([np.polyfit(steps, middle, 1)[0] for middle in middles]))
    assert np.abs(tilt).max() < 15


def test_lines_only_add_light(sample):
    images = sample.images[:50]
    for name in ("dotted_line", "zigzag"):
        assert (corrupt(images, name) >= images).all()
