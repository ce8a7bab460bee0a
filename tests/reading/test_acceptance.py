"""What is no digit is left out, whether it stands alone or among digits."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from edit_distance import count_errors
from PIL import Image, ImageDraw, ImageFont
from sheets import PEN, PITCH, Image8, on_paper, texts, write_sheet

from mnistkit.reading.page import read_page

FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"
# Without what may be a digit as well: I, l, O, S, Z.
LETTERS = """The quick brown fox jumps
over the hazy dog and then
packed with dozen jugs
BAD NYMPH FRET QUICK"""
WRITTEN = ["31415 92653", "846 26433"]


def print_letters(font: str, size: int, text: str = LETTERS) -> Image8:
    image = Image.new("L", (17 * size, 8 * size))
    face = ImageFont.truetype(FONTS / f"{font}.ttf", size)
    ImageDraw.Draw(image).multiline_text((size, size), text, fill=255, font=face, spacing=size // 2)
    return np.asarray(image)


@pytest.fixture(scope="module")
def sheet(digits):
    return write_sheet(digits, WRITTEN).picture


@pytest.mark.parametrize("size", [40, 60])
@pytest.mark.parametrize("font", ["DejaVuSans", "DejaVuSerif", "DejaVuSansMono-Oblique"])
def test_letters_are_no_digits(bundled, font, size):
    lines = read_page(bundled, on_paper(print_letters(font, size)))
    assert sum(len(line.digits) for line in lines) <= 0.05 * len(LETTERS)


def test_printed_digits_are_digits(bundled):
    ink = print_letters("DejaVuSans", 40, "2468 013579")
    assert count_errors(["2468013579"], texts(read_page(bundled, on_paper(ink)))) <= 1


def test_specks_among_digits_are_left_out(bundled, sheet):
    random, picture = np.random.default_rng(0), sheet.copy()
    for _ in range(150):
        row, column = random.integers(0, picture.shape)
        high, wide = random.integers(2, 7, size=2)
        picture[row : row + high, column : column + wide] = PEN
    assert texts(read_page(bundled, picture)) == WRITTEN


def test_signs_among_digits_are_left_out(bundled, sheet):
    image = Image.fromarray(np.pad(sheet, ((0, PITCH), (0, 0)), mode="edge"))
    pen, y = ImageDraw.Draw(image), len(sheet)
    for dash in (
        (60, y, 120, y),
        (160, y + 4, 210, y - 3),
        (320, y, 360, y),
        (320, y + 15, 360, y + 15),
    ):
        pen.line(dash, PEN, 6)
    for x, middle in ((260, y), (430, y - 15), (430, y + 15)):
        pen.ellipse((x, middle - 5, x + 10, middle + 5), PEN)
    pen.line([(650 + along, y + 12 * np.sin(along / 15)) for along in range(150)], PEN, 6)
    assert texts(read_page(bundled, np.asarray(image))) == WRITTEN
