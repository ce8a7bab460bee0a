"""A close-up, in which a few digits fill the picture, is read as well as a page."""

from __future__ import annotations

import numpy as np
import pytest
from conditions import CONDITIONS, enlarged
from sheets import GAP, on_paper, paste, texts

from mnistkit.reading.page import read_page

# Those without a second digit or a line, which has no place in a close-up.
KINDS = (
    "inverted",
    "four times as large",
    "padded by half",
    "cropped to the ink",
    "cropped to the ink and large",
    "off-centre",
    "in uneven light",
)


def image_of(ink):
    image = np.zeros((28, 28), np.uint8)
    height, width = ink.shape
    paste(image, ink, (14 - width // 2, 14 - height // 2))
    return image


@pytest.fixture(scope="module")
def answers(bundled, digits):
    """For each way to come by a picture of one digit: the picture, its label, what was read."""
    found = {}
    for kind in KINDS:
        found[kind] = []
        for label, images in digits.items():
            picture = CONDITIONS[kind](image_of(images[0]))
            found[kind].append((picture, label, read_page(bundled, picture)))
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_the_boxes_of_a_close_up_are_inside_it(answers, kind):
    for picture, _, lines in answers[kind]:
        for digit in (digit for line in lines for digit in line.digits):
            x, y, width, height = digit.box
            assert 0 <= x < x + width <= picture.shape[1]
            assert 0 <= y < y + height <= picture.shape[0]


# Of twenty pixels there is too little to go by: that is for `predict`.
@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "cropped to the ink"])
def test_one_digit_that_fills_the_picture_is_read(answers, kind):
    right = [texts(lines) == [label] for _, label, lines in answers[kind]]
    assert np.mean(right) >= 0.8


@pytest.mark.parametrize("margin", [0, 4, 30])
def test_a_few_digits_that_fill_the_picture_are_read(bundled, digits, margin):
    ink, x = np.zeros((60 + 2 * margin, 600), np.uint8), margin
    for label in "3527":
        glyph = enlarged(digits[label][0], 3)[:60]
        paste(ink, glyph, (x, margin))
        x += glyph.shape[1] + GAP
    picture = on_paper(ink[:, : x - GAP + margin])
    assert texts(read_page(bundled, picture)) == ["3527"]
