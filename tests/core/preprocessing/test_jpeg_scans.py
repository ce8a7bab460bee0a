"""The scans of a JPEG are counted as its writer made them, and nothing that looks like them."""

import pytest
from as_files import encoded
from bad_files.bombs import SCAN, jpeg_of_scans
from PIL import Image

from mnistkit.core.preprocessing.jpeg_scans import count_scans

MANY = 10_000
COLOURS = Image.radial_gradient("L").convert("RGB")
# libjpeg's progression has six scans for one channel and ten for three.
SCANS = {
    "grey": (COLOURS.convert("L"), {}, 1),
    "colours": (COLOURS, {}, 1),
    "grey, progressive": (COLOURS.convert("L"), {"progressive": True}, 6),
    "colours, progressive": (COLOURS, {"progressive": True}, 10),
    "restart markers in the data": (COLOURS, {"restart_marker_blocks": 1}, 1),
    "a comment of scans": (COLOURS, {"comment": SCAN * 100}, 1),
}


def segment(marker, content):
    return bytes([0xFF, marker]) + (len(content) + 2).to_bytes(2, "big") + content


def comment(content):
    return segment(0xFE, content)


def with_first(segments, content):
    """A JPEG with segments before its others."""
    return content[:2] + segments + content[2:]


@pytest.mark.parametrize(("image", "options", "scans"), SCANS.values(), ids=SCANS)
def test_the_scans_that_an_encoder_makes_are_counted(image, options, scans):
    assert count_scans(encoded(image, "JPEG", **options), MANY) == scans


@pytest.mark.parametrize("scans", [6, 7, 100])
def test_scans_that_an_encoder_did_not_make_are_counted(scans):
    assert count_scans(jpeg_of_scans(scans), MANY) == scans


@pytest.mark.parametrize("length", [0, 1, 255, 256, 60_000])
def test_what_the_first_segment_contains_is_no_scan(length):
    content = ((SCAN + b"\0\2") * length)[:length]
    assert count_scans(with_first(comment(content), encoded(COLOURS, "JPEG")), MANY) == 1


def test_scans_behind_the_picture_are_not_its_own():
    assert count_scans(encoded(COLOURS, "JPEG") + jpeg_of_scans(100), MANY) == 1


@pytest.mark.parametrize("kept", [0, 1, 2, 3, 20])
def test_a_file_that_ends_before_its_first_scan_has_none(kept):
    assert count_scans(encoded(COLOURS, "JPEG")[:kept], MANY) == 0


def test_counting_ends_above_the_most_that_is_asked_for():
    assert count_scans(jpeg_of_scans(100), 7) == 8
    assert count_scans(encoded(COLOURS, "JPEG"), 1) == 1


def test_a_file_of_endless_segments_has_more_scans_than_are_asked_for():
    content = with_first(comment(b"") * 6000, encoded(COLOURS, "JPEG"))
    assert count_scans(content, 10) > 10
    few = with_first(comment(b"") * 600, encoded(COLOURS, "JPEG"))
    assert count_scans(few, 10) == 1
