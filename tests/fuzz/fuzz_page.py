"""Fuzz pages: files of several of them, and what the reader sees on small ones."""

import io
from contextlib import closing
from itertools import islice

import numpy as np
from fuzzing import check_told, fuzz, instrumented
from PIL import Image

with instrumented():
    from mnistkit.core.preprocessing.kinds import is_heif, is_pdf
    from mnistkit.core.preprocessing.pages import pages_of
    from mnistkit.errors import PictureError
    from mnistkit.reading.looks import first_looks, marks_of
    from mnistkit.reading.page import lines_of
    from mnistkit.reading.reader import choose_reader, open_reader

READER = open_reader(choose_reader("bundled"), threads=1)
MOST_PAGES, MOST_SIDE = 5, 96


def target(data: bytes) -> None:
    # Other processes decode these.
    if is_heif(data) or is_pdf(data):
        return
    try:
        with closing(pages_of(io.BytesIO(data))) as pages:
            for page in islice(pages, MOST_PAGES):
                assert 1 <= page.number <= page.count
                look_at(page.read().upright())
    except PictureError as error:
        check_told(error)


def look_at(picture) -> None:
    part = np.ascontiguousarray(picture[:MOST_SIDE, :MOST_SIDE])
    lines = lines_of(marks_of(READER, part, first_looks(READER, part)))
    for line in lines:
        assert sum(not character.isspace() for character in line.text) == len(line.digits)
        assert all(0 <= digit.confidence <= 1 for digit in line.digits)


def seeds():
    random = np.random.default_rng(0)
    drawn = np.full((40, 60), 240, np.uint8)
    drawn[8:30, 10:13] = 20
    drawn[8:30, 30:33] = 20
    noise = random.integers(0, 256, (9, 9), np.uint8)
    pages = [Image.fromarray(part) for part in (drawn, 255 - drawn, noise)]
    for options in ({}, {"compression": "tiff_lzw"}, {"big_tiff": True}):
        stream = io.BytesIO()
        pages[0].save(stream, "TIFF", save_all=True, append_images=pages[1:], **options)
        yield stream.getvalue()
    # Pixels alone: a fuzzer draws on them.
    yield b"P5\n60 40\n255\n" + drawn.tobytes()
    yield b"P5\n60 40\n255\n" + random.integers(0, 256, 2400, np.uint8).tobytes()


if __name__ == "__main__":
    fuzz(target, seeds())
