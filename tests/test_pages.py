"""Pages whose text is known: the same from the same seed, and labelled truthfully."""

from __future__ import annotations

import json

import numpy as np
import pytest
from pages import make_page, spell, write_pages
from PIL import Image

COUNT = 3


@pytest.fixture(scope="module")
def pages(sample):
    return [make(sample, (0, number)) for number in range(COUNT)]


def make(sample, random):
    return make_page(sample.images, sample.class_indices, random)


def test_the_same_seed_and_number_give_the_same_page(sample, pages):
    again = make(sample, (0, 0))
    np.testing.assert_array_equal(again.picture, pages[0].picture)
    assert (again.lines, again.style) == (pages[0].lines, pages[0].style)


def test_another_seed_or_number_gives_another_page(sample, pages):
    for other in (make(sample, (1, 0)), pages[1]):
        assert other.style != pages[0].style
        assert not np.array_equal(other.picture, pages[0].picture)


def test_a_page_is_a_photo_of_lines_of_digits(pages):
    for page in pages:
        height, width, channels = page.picture.shape
        assert page.picture.dtype == np.uint8
        assert channels == 3
        assert min(height, width) > 200
        assert np.ptp(page.picture) > 60
        assert page.lines
        for line in page.lines:
            assert line.split()
            assert line == " ".join(line.split())
            assert line.replace(" ", "").isdigit()


def test_digits_are_spelled_in_groups_and_lines():
    assert spell(np.array([1, 2, 3, 4, 5, 6]), [[2, 1], [3]]) == ("12 3", "456")


def test_pages_are_written_with_their_truth(pages, tmp_path):
    write_pages(tmp_path / "new" / "pages", pages)
    rows = [
        json.loads(line)
        for line in (tmp_path / "new" / "pages" / "truth.jsonl").read_text().splitlines()
    ]
    assert [row["picture"] for row in rows] == ["0000.jpg", "0001.png", "0002.jpg"]
    for row, page in zip(rows, pages, strict=True):
        assert tuple(row["lines"]) == page.lines
        assert set(row) == {"picture", "lines", "style"}
        with Image.open(tmp_path / "new" / "pages" / row["picture"]) as picture:
            pixels = np.asarray(picture.convert("RGB"), np.float64)
        assert pixels.shape == page.picture.shape
        lossless = row["picture"].endswith(".png")
        assert np.abs(pixels - page.picture).mean() <= (0 if lossless else 6)
