"""What a program answers that decodes a file, and what is told where it crashes or hangs."""

import re
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import pytest

from mnistkit.core.preprocessing.outside import decoder
from mnistkit.core.preprocessing.outside.decoder import CRASHED, TOO_LONG, Decoder
from mnistkit.core.preprocessing.outside.pdf import Pdf
from mnistkit.errors import PictureError

# Two rows of two pixels, with two bytes behind each row.
PIXELS = np.arange(12, dtype=np.uint8).reshape(2, 2, 3)
ROWS = b"".join(row.tobytes() + b"\xff\xff" for row in PIXELS)
PROTECTED = (
    "expected a PDF that opens without a password, received a protected one; save it without "
    "protection"
)
PAGE = '{"width": 2, "height": 2, "row": 8}'


@contextmanager
def answering(*parts):
    """A decoder whose program writes these parts, lines or bytes, and ends."""
    content = b"".join(each if isinstance(each, bytes) else f"{each}\n".encode() for each in parts)
    program = f"import sys; sys.stdout.buffer.write({content!r})"
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as process:
        yield Decoder(process)


def refused_with(told):
    return pytest.raises(PictureError, match=f"^{re.escape(told)}$")


def test_lines_and_their_pixels_are_read_one_after_the_other():
    with answering('{"pages": 3}', PAGE, ROWS, '{"error": 7}') as program:
        assert program.answer() == ({"pages": 3}, b"")
        assert program.answer() == ({"width": 2, "height": 2, "row": 8}, ROWS)
        assert program.answer() == ({"error": 7}, b"")
        assert not program.ended


@pytest.mark.parametrize("parts", [(), (PAGE, ROWS[:-1])], ids=["nothing", "too few pixels"])
def test_a_program_that_ends_early_has_crashed(parts):
    with answering(*parts) as program:
        with refused_with(CRASHED):
            program.answer()
        assert program.ended


def test_a_program_that_hangs_is_killed(monkeypatch):
    monkeypatch.setattr(decoder, "MAX_SECONDS", 0.2)
    words = [sys.executable, "-c", "import time; time.sleep(60)"]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as process:
        program = Decoder(process)
        with refused_with(TOO_LONG):
            program.answer()
        assert program.ended
        assert process.wait() < 0


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('{"error": 4}', PROTECTED),
        ('{"error": 3}', "expected a whole PDF, received a damaged one; save it again"),
        ('{"pages": 0}', "expected a PDF with pages, received one without; save it again"),
        ("{}", "expected a PDF with pages, received one without; save it again"),
    ],
)
def test_a_pdf_that_has_no_pages_to_draw_says_why(line, told):
    with answering(line) as program, refused_with(told):
        Pdf(program, 1)


def test_pages_are_drawn_from_the_first_to_the_last_but_damaged_ones():
    with answering('{"pages": 3}', PAGE, ROWS, '{"error": 5}') as program:
        pdf = Pdf(program, 2)
        assert (pdf.count, pdf.following) == (3, 2)
        np.testing.assert_array_equal(pdf.draw(), PIXELS)
        assert pdf.following == 3
        told = "expected a page that can be drawn, received a damaged one (5); save the PDF again"
        with refused_with(told):
            pdf.draw()
        assert pdf.following is None


@pytest.mark.parametrize(
    ("pages", "behind"),
    [
        (1, ""),
        (2, "; the page behind it is not read"),
        (4, "; the 3 pages behind it are not read"),
    ],
)
def test_behind_a_page_that_ends_the_program_none_is_read(pages, behind):
    with answering(f'{{"pages": {pages}}}') as program:
        pdf = Pdf(program, 1)
        with refused_with(f"{CRASHED}{behind}"):
            pdf.draw()
        assert pdf.following is None
