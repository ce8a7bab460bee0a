"""Digits that touch are cut apart, and whole ones are left whole."""

from __future__ import annotations

import numpy as np
from conditions import enlarged
from sheets import on_paper, paste, texts

from mnistkit.reading.page import read_page

ROWS, PAIRS = 6, 4
OVERLAP = 2


def touching(digits, seed):
    """Return a page of pairs that overlap by some pixels, and its lines."""
    random = np.random.default_rng(seed)
    ink, lines = np.zeros((120 + 90 * ROWS, 900), np.uint8), []
    for row in range(ROWS):
        x, words = 60, []
        for _ in range(PAIRS):
            labels = [str(label) for label in random.integers(10, size=2)]
            for label in labels:
                glyph = enlarged(digits[label][random.integers(len(digits[label]))], 3)
                paste(ink, glyph, (x, 60 + 90 * row))
                x += glyph.shape[1] - OVERLAP
            words.append("".join(labels))
            x += 60
        lines.append(" ".join(words))
    return on_paper(ink), lines


def test_most_digits_that_touch_are_read(bundled, digits):
    right = []
    for seed in range(4):
        picture, lines = touching(digits, seed)
        read = {word for line in texts(read_page(bundled, picture)) for word in line.split()}
        right += [word in read for line in lines for word in line.split()]
    assert np.mean(right) >= 0.9


def test_three_digits_in_one_piece_are_read(bundled, digits):
    ink = np.zeros((200, 600), np.uint8)
    x = 60
    for label in "352":
        glyph = enlarged(digits[label][0], 3)
        paste(ink, glyph, (x, 60))
        x += glyph.shape[1] - 3 * OVERLAP
    x += 60
    for label in "68":
        glyph = enlarged(digits[label][0], 3)
        paste(ink, glyph, (x, 60))
        x += glyph.shape[1] + 14
    assert texts(read_page(bundled, on_paper(ink))) == ["352 68"]
