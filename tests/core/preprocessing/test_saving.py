"""Pictures are saved under the names of their sources, and replace nothing."""

import re
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from PIL import Image

from mnistkit.core.preprocessing.saving import save_picture
from mnistkit.errors import OutputError

PIXELS = np.random.default_rng(0).integers(0, 256, (28, 28), np.uint8)

SAVED_NAMES = {
    "seven.jpeg": "seven",
    "digits/deeper/seven.png": "seven",
    "/tmp/../seven.png": "seven",  # noqa: S108
    "seven": "seven",
    "seven.of.nine.png": "seven.of.nine",
    "with space.png": "with space",
    "example:seven": "example-seven",
    "-": "stdin",
    "mnist-sample/test/7": "7",
    "--help.png": "help",
    ".hidden.png": "hidden",
    "..": "stdin",
    "scan.pdf#3": "scan-page3",
    "scans/two.scans.tif#12": "two.scans-page12",
    "-#2": "stdin-page2",
    "digit#7.png": "digit#7",
    "#": "#",
    "X-ray.png": "X-ray",
    f"{'x' * 200}.png": "x" * 50,
    f"{'x' * 200}.pdf#10": f"{'x' * 50}-page10",
}


@pytest.mark.parametrize(("source", "stem"), SAVED_NAMES.items(), ids=SAVED_NAMES)
def test_a_picture_is_saved_under_the_name_of_its_source(tmp_path, source, stem):
    folder = tmp_path / "new" / "pictures"
    save_picture(PIXELS, folder, source, ".png")
    assert list(tmp_path.rglob("*.png")) == [folder / f"{stem}.png"]
    with Image.open(folder / f"{stem}.png") as image:
        np.testing.assert_array_equal(np.asarray(image), PIXELS)


def test_a_saved_picture_replaces_no_other(tmp_path):
    pictures = [np.full((5, 7), level, np.uint8) for level in range(3)]
    for picture, source in zip(pictures, ("a/7.png", "b/7.jpg", "7"), strict=True):
        save_picture(picture, tmp_path, source, ".png")
    for picture, name in zip(pictures, ("7.png", "7-2.png", "7-3.png"), strict=True):
        with Image.open(tmp_path / name) as image:
            np.testing.assert_array_equal(np.asarray(image), picture)
    assert len(list(tmp_path.iterdir())) == 3


def test_a_picture_in_colour_is_saved_as_jpeg(tmp_path):
    colours = np.broadcast_to(np.array([200, 60, 20], np.uint8), (32, 48, 3))
    save_picture(np.ascontiguousarray(colours), tmp_path, "page.png", ".jpg")
    with Image.open(tmp_path / "page.jpg") as image:
        assert (image.format, image.mode) == ("JPEG", "RGB")
        np.testing.assert_allclose(np.asarray(image), colours, rtol=0, atol=6)


def test_a_link_that_leads_nowhere_is_not_written_through(tmp_path):
    (tmp_path / "seven.png").symlink_to(tmp_path / "elsewhere.png")
    save_picture(PIXELS, tmp_path, "seven", ".png")
    assert not (tmp_path / "elsewhere.png").exists()
    assert (tmp_path / "seven-2.png").is_file()


def test_each_of_many_pictures_at_once_gets_a_name_of_its_own(tmp_path):
    pictures = [np.full((5, 7), level, np.uint8) for level in range(60)]
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda picture: save_picture(picture, tmp_path, "7", ".png"), pictures))
    saved = []
    for path in tmp_path.iterdir():
        with Image.open(path) as image:
            saved.append(np.asarray(image)[0, 0])
    assert sorted(saved) == list(range(60))


@pytest.mark.parametrize(("side", "format"), [(65_500, "JPEG"), (65_501, "PNG")])
@pytest.mark.parametrize("is_wide", [True, False])
def test_a_picture_too_large_for_jpeg_becomes_png(tmp_path, side, format, is_wide):  # noqa: A002
    pixels = np.full((1, side) if is_wide else (side, 1), 90, np.uint8)
    save_picture(pixels, tmp_path, "long.png", ".jpg")
    (path,) = tmp_path.iterdir()
    assert path.name == {"JPEG": "long.jpg", "PNG": "long.png"}[format]
    with Image.open(path) as image:
        assert image.format == format
        np.testing.assert_array_equal(np.asarray(image), pixels)


@pytest.mark.parametrize("below", ["", "deeper/still"])
def test_a_picture_can_not_be_saved_where_a_file_is(tmp_path, below):
    (tmp_path / "file").write_text("old")
    folder = tmp_path / "file" / below
    told = f"received {folder}: there is a file where a folder is needed; "
    with pytest.raises(OutputError, match=rf"^expected a folder .*, {re.escape(told)}.*choose"):
        save_picture(PIXELS, folder, "7.png", ".png")
    assert [path.name for path in tmp_path.iterdir()] == ["file"]
    assert (tmp_path / "file").read_text() == "old"


def test_a_saved_jpeg_is_close_to_its_pixels(tmp_path, sample):
    pixels = np.kron(sample.images[0], np.ones((4, 4), np.uint8))
    save_picture(pixels, tmp_path, "seven.png", ".jpg")
    with Image.open(tmp_path / "seven.jpg") as image:
        assert np.abs(np.asarray(image).astype(int) - pixels).mean() < 2
