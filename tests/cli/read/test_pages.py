"""`mnistkit read` with files of several pages, and with photos of phones."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from sheets import plain_digits, write_sheet

from mnistkit.core.preprocessing.decoding import ORIENTATION

pytestmark = pytest.mark.thorough

FIRST, SECOND = ["846 26433", "83"], ["36 92", "58"]
HEIF = Path(__file__).parents[2] / "core" / "preprocessing" / "heif"


@pytest.fixture(scope="module")
def sheets(bundled, sample):
    """Two pages of handwriting."""
    digits = plain_digits(bundled, sample)
    return [Image.fromarray(write_sheet(digits, lines).picture) for lines in (FIRST, SECOND)]


def printed(*pages):
    """What is printed for pages with these names and lines."""
    return "\n".join(f"== {name} ==\n" + "".join(f"{x}\n" for x in lines) for name, lines in pages)


@pytest.fixture
def exam(sheets, tmp_path):
    """Two pages in a file."""

    def write(name):
        # Pillow leaves the settings of one format in a picture that it writes.
        first, *others = [sheet.copy() for sheet in sheets]
        first.save(tmp_path / name, save_all=True, append_images=others)
        return tmp_path / name

    return write


@pytest.mark.parametrize("name", ["exam.pdf", "exam.tif"])
def test_each_page_stands_below_its_name(mnistkit, exam, name):
    exam(name)
    ended = mnistkit("read", name)
    assert ended.stdout == printed((f"{name}#1", FIRST), (f"{name}#2", SECOND))
    assert ended.returncode == 0


@pytest.mark.parametrize("name", ["exam.pdf", "exam.tif"])
def test_pages_may_come_on_stdin(mnistkit, exam, name):
    with exam(name).open("rb") as stream:
        ended = mnistkit("read", "-", stdin=stream)
    assert ended.stdout == printed(("-#1", FIRST), ("-#2", SECOND))


def test_a_file_of_one_page_has_no_heading(mnistkit, sheets, tmp_path):
    sheets[0].save(tmp_path / "one.pdf")
    assert mnistkit("read", "one.pdf").stdout.splitlines() == FIRST


def test_pdfs_in_a_folder_are_read_and_not_predicted(mnistkit, exam, tmp_path):
    (tmp_path / "scans").mkdir()
    shutil.move(exam("exam.pdf"), tmp_path / "scans" / "exam.PDF")
    name = "scans/exam.PDF"
    ended = mnistkit("read", "scans")
    assert ended.stdout == printed((f"{name}#1", FIRST), (f"{name}#2", SECOND))
    assert "received none" in mnistkit("predict", "scans").stderr
    ended = mnistkit("predict", name)
    assert ended.stderr.splitlines()[-1].endswith("`mnistkit read` reads its pages")


def test_annotated_pages_have_names_of_their_own(mnistkit, exam, tmp_path):
    exam("exam.pdf")
    for _ in range(2):
        assert mnistkit("read", "exam.pdf", "--annotate", "out").returncode == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["exam-page1-2.jpg", "exam-page1.jpg", "exam-page2-2.jpg", "exam-page2.jpg"]


@pytest.mark.parametrize(("format", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_a_table_has_a_row_a_line_and_the_source_of_several(mnistkit, exam, format, delimiter):  # noqa: A002
    exam("exam.pdf")
    ended = mnistkit("read", "exam.pdf", "--format", format)
    rows = list(csv.reader(ended.stdout.splitlines(), delimiter=delimiter))
    assert rows == [
        ["exam.pdf#1", "846", "26433"],
        ["exam.pdf#1", "83", ""],
        ["exam.pdf#2", "36", "92"],
        ["exam.pdf#2", "58", ""],
    ]


def test_a_table_of_one_picture_has_its_cells_alone(mnistkit, bundled, sample, tmp_path):
    sheet = write_sheet(plain_digits(bundled, sample), ["8 12 415", "0071 33 9", "5 44 2001"])
    pixels = sheet.picture.copy()
    # The middle number of the first row is wiped out.
    for x, y, width, height in sheet.boxes[0][1:3]:
        pixels[y - 5 : y + height + 5, x - 5 : x + width + 5] = pixels[20, 20]
    Image.fromarray(pixels).save(tmp_path / "marks.png")
    ended = mnistkit("read", "marks.png", "--format", "csv")
    assert ended.stdout.splitlines() == ["8,,415", "0071,33,9", "5,44,2001"]
    assert mnistkit("read", "marks.png", "absent.png", "--format", "csv").stdout.splitlines() == [
        "marks.png,8,,415",
        "marks.png,0071,33,9",
        "marks.png,5,44,2001",
    ]


# By EXIF's orientation, how many quarter turns clockwise make a picture upright.
TURNS = {6: 1, 3: 2, 8: 3}


@pytest.mark.parametrize("orientation", TURNS)
def test_a_record_says_how_far_the_stored_picture_was_turned(
    mnistkit, sheets, tmp_path, orientation
):
    upright = np.asarray(sheets[0])
    stored = Image.fromarray(np.ascontiguousarray(np.rot90(upright, TURNS[orientation])))
    exif = Image.Exif()
    exif[ORIENTATION] = orientation
    stored.save(tmp_path / "exif.png", exif=exif)
    stored.save(tmp_path / "silent.png")
    ended = mnistkit("read", "exif.png", "silent.png", "--format", "jsonl")
    for record in map(json.loads, ended.stdout.splitlines()):
        assert record["rotated"] == 90 * TURNS[orientation]
        assert record["size"] == list(upright.shape[::-1])
        assert [line["text"] for line in record["lines"]] == FIRST


def test_a_photo_of_a_phone_is_read(mnistkit, tmp_path):
    shutil.copy(HEIF / "page.heic", tmp_path)
    ended = mnistkit("read", ".", "--format", "jsonl", "--annotate", "out")
    record = json.loads(ended.stdout)
    assert (record["source"], record["rotated"]) == ("page.heic", 0)
    assert [line["text"] for line in record["lines"]] == ["271 82"]
    with Image.open(tmp_path / "out" / "page.jpg") as drawn:
        assert drawn.size == tuple(record["size"])


def test_what_is_wrong_with_a_file_is_one_line_and_the_rest_goes_on(mnistkit, exam, tmp_path):
    whole = exam("exam.pdf")
    (tmp_path / "broken.pdf").write_bytes(whole.read_bytes()[:3000])
    shutil.copy(HEIF / "crashing.heic", tmp_path)
    ended = mnistkit("read", "broken.pdf", "crashing.heic", "exam.pdf", "--format", "tsv")
    assert ended.returncode == 1
    assert len([line for line in ended.stderr.splitlines() if "error" in line]) == 2
    assert len(ended.stdout.splitlines()) == len(FIRST + SECOND)
