"""`mnistkit.read`: a page that a program has, in whatever form."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from as_files import encoded
from edit_distance import count_errors
from PIL import Image
from sheets import overlap, texts, write_sheet

import mnistkit
from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.errors import ModelError, PictureError, UsageError

WRITTEN, SECOND = ["31415 92653", "5897 9323"], ["846 26433"]


@pytest.fixture(scope="module")
def sheet(digits):
    return write_sheet(digits, WRITTEN)


@pytest.fixture(scope="module")
def exam(digits, sheet, tmp_path_factory):
    """A PDF of two pages."""
    path = tmp_path_factory.mktemp("exam") / "exam.pdf"
    second = Image.fromarray(write_sheet(digits, SECOND).picture)
    Image.fromarray(sheet.picture).save(path, save_all=True, append_images=[second])
    return path


def assert_read(lines, written):
    assert len(lines) == len(written)
    assert count_errors(written, texts(lines)) <= 2


FORMS = {
    "pixels": lambda sheet, _: sheet.picture,
    "a Pillow image": lambda sheet, _: Image.fromarray(sheet.picture),
    "bytes": lambda sheet, _: encoded(sheet.picture),
    "a stream": lambda sheet, _: io.BytesIO(encoded(sheet.picture)),
    "text": lambda _, exam: str(exam),
    "a path": lambda _, exam: exam,
    "the bytes of a PDF": lambda _, exam: exam.read_bytes(),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_page_is_read_in_every_form(sheet, exam, form):
    lines = mnistkit.read(FORMS[form](sheet, exam), rotate=0)
    assert_read(lines, WRITTEN)
    assert isinstance(lines[0], mnistkit.Line)
    assert isinstance(lines[0].digits[0], mnistkit.Digit)


def test_boxes_are_around_the_digits(sheet):
    for line, boxes in zip(mnistkit.read(sheet.picture), sheet.boxes, strict=True):
        for digit in line.digits:
            assert max(overlap(digit.box, box) for box in boxes) > 0.4


def test_a_page_of_a_file_is_chosen_by_its_number(exam):
    assert_read(mnistkit.read(exam, page=2), SECOND)
    with pytest.raises(PictureError, match=r"exam\.pdf: expected a page from 1 to 2, received 3$"):
        mnistkit.read(exam, page=3)


@pytest.mark.parametrize("page", [-1, 0, 2])
def test_a_picture_is_its_only_page(sheet, page):
    for picture in (sheet.picture, encoded(sheet.picture)):
        with pytest.raises(PictureError, match=f"^expected a page from 1 to 1, received {page}$"):
            mnistkit.read(picture, page=page)


def test_a_page_is_turned_as_told(sheet):
    turned = np.ascontiguousarray(np.rot90(sheet.picture))
    upright = mnistkit.read(sheet.picture, rotate=0)
    assert mnistkit.read(turned) == mnistkit.read(turned, rotate=90) == upright
    assert mnistkit.read(turned, rotate=0) != upright


def test_a_page_without_digits_has_no_lines():
    assert mnistkit.read(np.full((300, 200), 255, np.uint8)) == []


def test_what_can_not_be_read_is_an_error(sheet):
    with pytest.raises(PictureError, match=r"^absent\.png: no such file$"):
        mnistkit.read("absent.png")
    with pytest.raises(UsageError, match="received int"):
        mnistkit.read(7)
    with pytest.raises(UsageError, match="received 45"):
        mnistkit.read(sheet.picture, rotate=45)
    with pytest.raises(ModelError, match="no such file"):
        mnistkit.read(sheet.picture, model=Path("absent"))
    with pytest.raises(ModelError, match="received a classifier"):
        mnistkit.read(sheet.picture, model=BUNDLED_RUN / "model.onnx")
