"""`mnistkit read`, from the shell."""

from __future__ import annotations

import json
import resource
import shutil
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from edit_distance import count_errors
from pages import make_page
from PIL import Image, ImageDraw, ImageFont

from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.core.preprocessing.examples import path_of_example
from mnistkit.reading.reader import BUNDLED_READER

# A seed and a number of a page that is small, has some fifty digits, and is easy to read.
MADE = (1, 5)
FONTS = Path(mpl.get_data_path()) / "fonts" / "ttf"


@pytest.fixture(scope="module")
def page(sample):
    return make_page(sample.images, sample.class_indices, MADE)


@pytest.fixture
def picture(page, tmp_path):
    path = tmp_path / "page.png"
    Image.fromarray(page.picture).save(path)
    return path


@pytest.fixture(scope="module")
def upright(mnistkit_in, page, tmp_path_factory):
    """What became of reading the page."""
    folder = tmp_path_factory.mktemp("upright")
    return mnistkit_in(folder, "read", write(folder / "page.png", page.picture))


def write(path, pixels, **options):
    Image.fromarray(pixels).save(path, **options)
    return path


def test_the_text_of_a_page_is_printed_a_line_a_line(upright, page):
    assert upright.returncode == 0
    assert count_errors(page.lines, upright.stdout.splitlines()) <= 2
    assert upright.stderr == "reader: bundled\n"


def test_the_records_have_boxes_inside_the_picture(mnistkit, picture, page):
    record = json.loads(mnistkit("read", picture, "--format", "jsonl").stdout)
    assert record.keys() == {"source", "rotated", "size", "lines"}
    height, width = page.picture.shape[:2]
    assert record["size"] == [width, height]
    assert record["rotated"] == 0
    previous_bottom = 0
    for line in record["lines"]:
        assert line.keys() == {"text", "digits"}
        assert line["text"].replace(" ", "") == "".join(
            digit["label"] or "?" for digit in line["digits"]
        )
        lefts = [digit["box"][0] for digit in line["digits"]]
        assert lefts == sorted(lefts)
        for digit in line["digits"]:
            assert digit.keys() - {"printed"} == {"label", "confidence", "box"}
            assert digit.get("printed", True) is True
            assert 0.1 <= digit["confidence"] <= 1
            x, y, w, h = digit["box"]
            assert min(x, y) >= 0 < min(w, h)
            assert x + w <= width
            assert y + h <= height
        middle = np.mean([d["box"][1] + d["box"][3] / 2 for d in line["digits"]])
        assert middle > previous_bottom
        previous_bottom = middle


@pytest.mark.sampled(3)
@pytest.mark.parametrize("turns", [1, 2, 3])
def test_a_turned_page_is_turned_back(mnistkit, upright, page, tmp_path, turns):
    turned = np.ascontiguousarray(np.rot90(page.picture, turns))
    path = write(tmp_path / "turned.png", turned)
    assert mnistkit("read", path).stdout == upright.stdout != ""
    assert mnistkit("read", path, "--rotate", 90 * turns).stdout == upright.stdout


def test_exif_is_obeyed_and_a_given_turn_takes_its_place(mnistkit, upright, page, tmp_path):
    stored = np.ascontiguousarray(np.rot90(page.picture))
    exif = Image.Exif()
    exif[0x0112] = 6
    path = write(tmp_path / "camera.png", stored, exif=exif)
    assert mnistkit("read", path).stdout == upright.stdout
    assert mnistkit("read", path, "--rotate", "90").stdout == upright.stdout
    assert mnistkit("read", path, "--rotate", "0").stdout != upright.stdout


def test_annotated_pictures_are_written_beside_what_is_there(mnistkit, picture, page, tmp_path):
    for _ in range(2):
        assert mnistkit("read", picture, "--annotate", "out").returncode == 0
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["page-2.jpg", "page.jpg"]
    with Image.open(tmp_path / "out" / "page.jpg") as drawn:
        assert drawn.size == page.picture.shape[1::-1]
        # The photo's own colours are there.
        corner = np.asarray(drawn)[:50, :50].astype(int)
        assert np.abs(corner - page.picture[:50, :50]).mean() < 5


def test_an_uncertain_digit_has_no_label(mnistkit, picture):
    ended = mnistkit("read", picture, "--format", "jsonl", "--min-confidence", "1")
    lines = json.loads(ended.stdout)["lines"]
    digits = [digit for line in lines for digit in line["digits"]]
    assert {digit["label"] for digit in digits if digit["confidence"] < 1} == {None}
    text = "".join(line["text"].replace(" ", "") for line in lines)
    assert [mark == "?" for mark in text] == [digit["label"] is None for digit in digits]


def test_a_page_on_stdin_is_read(mnistkit, picture, page):
    with picture.open("rb") as stream:
        ended = mnistkit("read", "-", stdin=stream)
    assert count_errors(page.lines, ended.stdout.splitlines()) <= 2


def test_what_can_not_be_read_is_one_line_and_the_rest_goes_on(mnistkit, picture, tmp_path):
    (tmp_path / "broken.png").write_bytes(picture.read_bytes()[:500])
    ended = mnistkit("read", "broken.png", "nothing.png", picture)
    assert ended.returncode == 1
    errors = [line for line in ended.stderr.splitlines() if "error" in line]
    assert len(errors) == 2
    assert ended.stdout
    rows = mnistkit("read", "broken.png", picture, "--format", "jsonl").stdout.splitlines()
    broken, whole = map(json.loads, rows)
    assert broken.keys() == {"source", "error"}
    assert whole["lines"]


def specks():
    random = np.random.default_rng(0)
    pixels = np.full((1500, 2000), 240, np.uint8)
    for row, column in zip(
        random.integers(1495, size=5000), random.integers(1995, size=5000), strict=True
    ):
        pixels[row : row + random.integers(1, 5), column : column + random.integers(1, 5)] = 40
    return pixels


def within_twenty_seconds():
    """Let this process be ended once it has computed for so long, however busy the machine is."""
    resource.setrlimit(resource.RLIMIT_CPU, (20, 20))


EMPTY = {
    "white": lambda: np.full((1200, 900), 255, np.uint8),
    "black": lambda: np.zeros((1200, 900), np.uint8),
    "specks": specks,
    "noise": lambda: np.random.default_rng(1).integers(0, 256, (1200, 1600)).astype(np.uint8),
    "a pixel": lambda: np.zeros((1, 1), np.uint8),
    "a row": lambda: np.arange(256, dtype=np.uint8)[None],
    "a column": lambda: np.arange(256, dtype=np.uint8)[:, None],
}


@pytest.mark.sampled(4)
@pytest.mark.parametrize("kind", EMPTY)
def test_a_page_without_digits_ends_quickly_with_nothing(mnistkit, tmp_path, kind):
    path = write(tmp_path / "empty.png", EMPTY[kind]())
    ended = mnistkit("read", path, "--format", "jsonl", preexec_fn=within_twenty_seconds)
    assert ended.returncode == 0
    assert json.loads(ended.stdout)["lines"] == []
    text = mnistkit("read", path, preexec_fn=within_twenty_seconds)
    assert text.returncode == 0
    assert text.stdout == ""
    assert "no digits" in text.stderr


def test_each_of_several_pictures_stands_below_its_name(mnistkit, upright, picture):
    name, one = "new\nline\x1b.png", upright.stdout
    shutil.copy(picture, picture.with_name(name))
    ended = mnistkit("read", "page.png", "absent.png", name)
    assert ended.stdout == (
        f"== page.png ==\n{one}\n== absent.png ==\n\n== new\\nline\\x1b.png ==\n{one}"
    )


def test_pictures_of_a_folder_stand_below_their_names(mnistkit, upright, picture, tmp_path):
    (tmp_path / "pages").mkdir()
    for name in ("a.png", "b.png"):
        shutil.copy(picture, tmp_path / "pages" / name)
    one = upright.stdout
    expected = f"== pages/a.png ==\n{one}\n== pages/b.png ==\n{one}"
    assert mnistkit("read", "pages").stdout == expected
    (tmp_path / "pages" / "b.png").unlink()
    assert mnistkit("read", "pages").stdout == one


def no_files():
    """Let this process write nothing into files."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))


def test_the_answer_is_there_though_its_picture_can_not_be_written(mnistkit, upright, picture):
    ended = mnistkit("read", picture, "--annotate", "out", preexec_fn=no_files)
    assert ended.returncode == 1
    assert ended.stdout == upright.stdout
    assert "received out: the file is too large" in ended.stderr.splitlines()[-1]


@pytest.mark.parametrize("folder", ["taken", "taken/below"])
def test_a_file_in_the_place_of_a_folder_is_told_before_any_page_is_read(
    mnistkit, picture, tmp_path, folder
):
    (tmp_path / "taken").touch()
    ended = mnistkit("read", picture, "--annotate", folder)
    assert (ended.returncode, ended.stdout) == (2, "")
    (told,) = ended.stderr.splitlines()
    assert told.endswith(
        f"received {folder}: there is a file where a folder is needed; choose another one"
    )


@pytest.mark.parametrize(
    "words", [[], ["page.png", "--rotate", "45"], ["page.png", "--min-confidence", "2"]]
)
def test_wrong_usage_is_refused(mnistkit, words):
    assert mnistkit("read", *words).returncode == 2


def test_another_reader_reads_too(mnistkit, picture, upright, tmp_path):
    shutil.copy(BUNDLED_READER, tmp_path / "other.onnx")
    ended = mnistkit("read", picture, "--model", "other.onnx")
    assert (ended.stdout, ended.returncode) == (upright.stdout, 0)
    assert ended.stderr == "reader: other.onnx\n"


def test_a_model_that_can_not_do_what_is_asked_is_refused_in_one_line(mnistkit, picture, tmp_path):
    (tmp_path / "damaged.onnx").write_bytes(BUNDLED_READER.read_bytes()[:100_000])
    for words, received in (
        (("read", picture, "--model", BUNDLED_RUN / "model.onnx"), "received a classifier"),
        (("read", picture, "--model", BUNDLED_RUN), "without reader.onnx"),
        (("read", picture, "--model", "absent.onnx"), "no such file"),
        (("read", picture, "--model", "damaged.onnx"), "can't be opened"),
        (("predict", "example:seven", "--model", BUNDLED_READER), "received a page reader"),
    ):
        ended = mnistkit(*words)
        assert (ended.returncode, ended.stdout) == (3, "")
        (line,) = ended.stderr.splitlines()
        assert received in line


def test_printed_digits_can_be_left_out(mnistkit, tmp_path):
    """Printed digits above the example's handwritten ones."""
    with Image.open(path_of_example("example:page")) as page:
        written = np.asarray(page.convert("L"))
    image = Image.new("L", (written.shape[1], 200), 235)
    face = ImageFont.truetype(FONTS / "DejaVuSans.ttf", 44)
    for y in (30, 110):
        ImageDraw.Draw(image).text((80, y), "2468 0135 279", fill=20, font=face)
    write(tmp_path / "form.png", np.concatenate([np.asarray(image), written]))
    every, rest = (
        json.loads(
            mnistkit("read", "form.png", "--rotate", "0", "--format", "jsonl", *words).stdout
        )
        for words in ([], ["--handwritten"])
    )
    digits = [digit for line in every["lines"] for digit in line["digits"]]
    kept = [digit for line in rest["lines"] for digit in line["digits"]]
    assert kept == [digit for digit in digits if not digit.get("printed")]
    # There are 22 printed and 27 handwritten ones.
    assert len(kept) == pytest.approx(27, abs=4)
    assert len(digits) - len(kept) == pytest.approx(22, abs=4)
