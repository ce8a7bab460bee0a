"""Each page of a PDF and of a TIFF is a picture of its own; other files are one."""

from __future__ import annotations

import io
import os
import struct
import tempfile
import threading
import time

import numpy as np
import pytest
from as_files import encoded, pages_encoded
from bad_files.pages import CATALOGUE, drawn, pdf
from permissions import reachable_folder, refused
from PIL import Image, TiffImagePlugin

from mnistkit.core.preprocessing import decoding
from mnistkit.core.preprocessing.decoding import decode_photo
from mnistkit.core.preprocessing.outside import decoder
from mnistkit.core.preprocessing.pages import pages_of
from mnistkit.errors import PictureError

GREYS = (40, 120, 200)
SIZE = (1200, 1600)
STRIP_OFFSETS = 273
# Of TIFF's tag 254.
THUMBNAIL, PAGE, MASK = 1, 2, 4


def images():
    """A page of each grey level."""
    return [Image.new("L", SIZE, grey) for grey in GREYS]


def write(path, content):
    path.write_bytes(content)
    return path


FILES = {
    "PDF": lambda: pages_encoded(images(), "PDF"),
    "TIFF": lambda: pages_encoded(images(), "TIFF"),
    "compressed TIFF": lambda: pages_encoded(images(), "TIFF", compression="tiff_lzw"),
    "BigTIFF": lambda: pages_encoded(images(), "TIFF", big_tiff=True),
    "big-endian TIFF": lambda: pages_encoded(
        [Image.fromarray(np.full(SIZE[::-1], 257 * grey, ">u2")) for grey in GREYS], "TIFF"
    ),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("given", ["path", "stream"])
def test_each_page_is_a_picture_of_its_own(tmp_path, kind, given):
    content = FILES[kind]()
    place = write(tmp_path / "file", content) if given == "path" else io.BytesIO(content)
    pages = list(pages_of(place))
    assert [(page.number, page.count) for page in pages] == [(1, 3), (2, 3), (3, 3)]
    for page, grey in zip(pages, GREYS, strict=True):
        pixels = page.read().pixels
        assert pixels.shape == SIZE[::-1]
        np.testing.assert_allclose(pixels.astype(int), grey, atol=2)


def test_two_pages_of_a_tiff_are_two():
    content = pages_encoded([Image.new("L", (30, 20), grey) for grey in (10, 250)], "TIFF")
    pages = list(pages_of(io.BytesIO(content)))
    assert [(page.number, page.count) for page in pages] == [(1, 2), (2, 2)]
    assert [page.read().pixels[0, 0] for page in pages] == [10, 250]


def test_only_a_pdf_on_the_disk_may_be_larger_than_what_is_read_as_a_whole(tmp_path, monkeypatch):
    monkeypatch.setattr(decoding, "MAX_BYTES", 1000)
    content = drawn(b"0 0 300 400 re f " * 200)
    (page,) = pages_of(write(tmp_path / "large", content))
    assert page.read().pixels.min() == 0
    for place in (io.BytesIO(content), write(tmp_path / "picture", b"BM" + bytes(2000))):
        with pytest.raises(PictureError, match="expected a file of at most"):
            list(pages_of(place))


@pytest.mark.parametrize("kind", ["PDF", "TIFF"])
def test_pages_from_a_later_one_on(kind):
    (page,) = pages_of(io.BytesIO(FILES[kind]()), first=3)
    assert (page.number, page.count) == (3, 3)
    assert abs(int(page.read().pixels[0, 0]) - GREYS[2]) <= 2
    for absent in (0, 4):
        with pytest.raises(PictureError, match=f"^expected a page from 1 to 3, received {absent}$"):
            list(pages_of(io.BytesIO(FILES[kind]()), first=absent))


@pytest.mark.parametrize("format", ["PNG", "JPEG", "GIF", "TIFF", "PDF"])
def test_a_file_of_one_page_is_one(format):  # noqa: A002
    (page,) = pages_of(io.BytesIO(encoded(images()[1], format)))
    assert (page.number, page.count) == (1, 1)
    assert page.read().pixels.shape == SIZE[::-1]


def test_frames_that_move_are_no_pages():
    (page,) = pages_of(io.BytesIO(pages_encoded(images(), "GIF")))
    assert page.read().pixels[0, 0] == GREYS[0]


def test_colours_are_kept_where_they_are_asked_for():
    red = Image.new("RGB", SIZE, (250, 10, 20))
    for form, options in (("PDF", {"quality": 95}), ("TIFF", {})):
        content = pages_encoded([red, red], form, **options)
        for page in pages_of(io.BytesIO(content), colour=True):
            photo = page.read()
            np.testing.assert_allclose(photo.colours[5, 5].astype(int), (250, 10, 20), atol=4)
        assert next(pages_of(io.BytesIO(content))).read().colours is None


def test_a_file_that_may_not_be_read_is_refused():
    with reachable_folder() as folder:
        path = folder / "pages.pdf"
        path.write_bytes(pages_encoded(images(), "PDF"))
        with refused(path), pytest.raises(PictureError, match=r"^no permission$"):
            next(pages_of(path))


def test_thumbnails_and_masks_in_a_tiff_are_no_pages():
    stream = io.BytesIO()
    kinds = [0, THUMBNAIL, PAGE, MASK, 0]
    with TiffImagePlugin.AppendingTiffWriter(stream, new=True) as writer:
        for grey, kind in enumerate(kinds):
            Image.new("L", (8, 9), grey).save(writer, "TIFF", tiffinfo={254: kind})
            writer.newFrame()
    pages = list(pages_of(io.BytesIO(stream.getvalue())))
    assert [page.read().pixels[0, 0] for page in pages] == [0, 2, 4]
    assert {page.count for page in pages} == {3}


def test_a_tiff_whose_directories_lead_in_a_circle_ends():
    content = bytearray(pages_encoded(images(), "TIFF"))
    first = struct.unpack_from("<L", content, 4)[0]
    tags = struct.unpack_from("<H", content, first)[0]
    struct.pack_into("<L", content, first + 2 + 12 * tags, first)
    (page,) = pages_of(io.BytesIO(bytes(content)))
    assert page.read().pixels[0, 0] == GREYS[0]


def test_a_damaged_page_of_a_tiff_costs_no_other():
    content = bytearray(pages_encoded(images(), "TIFF", compression="tiff_adobe_deflate"))
    with Image.open(io.BytesIO(content)) as image:
        image.seek(1)
        place = image.tag_v2[STRIP_OFFSETS][0]
    content[place : place + 10] = bytes(10)
    first, second, third = pages_of(io.BytesIO(bytes(content)))
    assert first.read().pixels[0, 0] == GREYS[0]
    with pytest.raises(PictureError, match="damaged"):
        second.read()
    assert third.read().pixels[0, 0] == GREYS[2]


def test_a_damaged_page_of_a_pdf_costs_no_other():
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 600 800]>>"
    kids = b"<</Type/Pages/Kids[3 0 R 9 0 R 3 0 R]/Count 3>>"
    first, absent, third = pages_of(io.BytesIO(pdf(CATALOGUE, kids, page)))
    with pytest.raises(PictureError, match="expected a page that can be drawn, received a damaged"):
        absent.read()
    assert first.read().pixels.shape == third.read().pixels.shape == (2500, 1875)


def protected():
    """A PDF whose encryption asks for a password that nobody has."""
    unknown = b"<" + b"5a" * 32 + b">"
    plain = FILES["PDF"]()
    return plain.replace(
        b"trailer\n<<",
        b"trailer\n<< /Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O %s /U %s >> /ID [<00> <00>]"
        % (unknown, unknown),
    )


NOT_READ = {
    "with a password": protected,
    "without pages": lambda: pdf(
        b"<</Type/Catalog/Pages 2 0 R>>", b"<</Type/Pages/Kids[]/Count 0>>"
    ),
    "that ends early": lambda: FILES["PDF"]()[:5000],
    "of nothing": lambda: b"%PDF-1.7\n",
}


@pytest.mark.parametrize(
    ("kind", "reason"),
    [
        ("with a password", "expected a PDF that opens without a password"),
        ("without pages", "expected a PDF with pages, received one without"),
        ("that ends early", "expected a whole PDF, received a damaged one"),
        ("of nothing", "expected a whole PDF, received a damaged one"),
    ],
)
def test_a_pdf_that_cannot_be_read_is_refused_in_one_line(kind, reason):
    with pytest.raises(PictureError, match=f"^{reason}") as refusal:
        list(pages_of(io.BytesIO(NOT_READ[kind]())))
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("box", [b"0 0 1e9 1e9", b"0 0 14400 0.01", b"0 0 0 0", b"0 0 3 4"])
def test_a_page_of_any_size_is_drawn_in_bounds(box):
    (page,) = pages_of(io.BytesIO(drawn(b"", box)))
    assert max(page.read().pixels.shape) <= 2500


def test_a_scan_is_drawn_in_its_own_resolution():
    (page,) = pages_of(io.BytesIO(encoded(Image.new("L", (1500, 1100)), "PDF", resolution=300)))
    assert page.read().pixels.shape == (1100, 1500)
    (page,) = pages_of(io.BytesIO(encoded(Image.new("L", (3000, 1100)), "PDF", resolution=300)))
    assert page.read().pixels.shape[1] == 2500


def test_a_page_that_takes_too_long_ends_its_file(monkeypatch):
    monkeypatch.setattr(decoder, "MAX_SECONDS", 2)
    endless = b"0 0 m 600 700 l S " * 300_000
    began = time.monotonic()
    (page,) = pages_of(io.BytesIO(drawn(endless, count=5)))
    assert (page.number, page.count) == (1, 5)
    with pytest.raises(PictureError, match=r"takes longer; .*; the 4 pages behind it are not"):
        page.read()
    assert time.monotonic() - began < 60


def test_pages_are_drawn_when_they_are_asked_for(tmp_path):
    """However many there are, the first is there soon, and little is held."""
    path = write(tmp_path / "long.pdf", drawn(b"0 0 300 400 re f", count=2000))
    began = time.monotonic()
    pages = pages_of(path)
    assert next(pages).count == 2000
    assert next(pages).number == 2
    pages.close()
    assert time.monotonic() - began < 60


def test_a_temporary_file_that_can_not_be_written_is_told_in_a_line(monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", "/nowhere")
    with pytest.raises(PictureError, match="received: no such file; free space or set TMPDIR"):
        list(pages_of(io.BytesIO(FILES["PDF"]())))


def test_a_program_that_can_not_be_started_is_told_in_a_line(monkeypatch):
    monkeypatch.setattr(decoder.sys, "executable", "/nowhere")
    with pytest.raises(PictureError, match="received: no such file; try again"):
        list(pages_of(io.BytesIO(FILES["PDF"]())))


def test_a_pipe_is_read_like_a_file(tmp_path):
    os.mkfifo(tmp_path / "pipe")
    content = FILES["PDF"]()
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(content,))
    writer.start()
    assert len(list(pages_of(tmp_path / "pipe"))) == len(GREYS)
    writer.join()


def test_a_pdf_handed_to_what_takes_one_picture_says_what_reads_it():
    with pytest.raises(PictureError, match="received a PDF; `mnistkit read` reads its pages"):
        decode_photo(FILES["PDF"]())


def test_where_pages_are_read_an_unknown_format_names_pdf_among_those_expected(tmp_path):
    (tmp_path / "fake.pdf").write_bytes(b"Dear reader")
    (page,) = pages_of(tmp_path / "fake.pdf")
    with pytest.raises(PictureError, match=r"expected a PDF or a PNG, .* picture, received"):
        page.read()


def test_a_file_that_is_not_there_is_refused(tmp_path):
    for place in (tmp_path / "absent.pdf", tmp_path, tmp_path / "a\0b"):
        with pytest.raises(PictureError):
            list(pages_of(place))
