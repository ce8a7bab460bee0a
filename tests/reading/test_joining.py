"""A digit whose strokes do not meet is one digit."""

from __future__ import annotations

import numpy as np
import pytest
from conditions import enlarged
from scipy import ndimage
from sheets import on_paper, overlap, paste, texts

from mnistkit.reading.page import read_page

BEFORE = "3527"


def with_a_bar_apart(glyph):
    """A 5 whose bar does not reach the rest."""
    height, width = glyph.shape
    middle = int(0.55 * width)
    glyph[: int(0.3 * height), middle - 2 : middle + 3] = 0
    return glyph


def scratched(glyph):
    """The paper shows through across the middle."""
    middle = len(glyph) // 2
    glyph[middle - 2 : middle + 2] = 0
    return glyph


def pieces(glyph):
    return ndimage.label(glyph > 60)[1]


@pytest.mark.parametrize(
    ("label", "damage"), [("5", with_a_bar_apart), ("5", scratched), ("2", scratched)]
)
def test_a_digit_in_two_pieces_is_one(bundled, digits, label, damage):
    right = []
    for image in digits[label][10:20]:
        ink, x = np.zeros((200, 500), np.uint8), 60
        for before in BEFORE:
            glyph = enlarged(digits[before][0], 3)
            paste(ink, glyph, (x, 70))
            x += glyph.shape[1] + 14
        glyph = damage(enlarged(image, 3).copy())
        if pieces(glyph) < 2:
            continue
        box = paste(ink, glyph, (x, 70))
        lines = read_page(bundled, on_paper(ink))
        right.append(
            texts(lines) == [BEFORE + label] and overlap(lines[0].digits[-1].box, box) > 0.7
        )
    assert len(right) > 5
    assert np.mean(right) >= 0.8
