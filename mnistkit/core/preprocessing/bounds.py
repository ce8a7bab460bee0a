"""Limits on the time and memory that decoding a picture takes, checked before decoding.

A small file can ask for minutes and gigabytes: Pillow parses files, and decodes some formats, in
Python, and libjpeg and libtiff allocate what a header says.
"""

from __future__ import annotations

import io
import threading
from collections.abc import Sequence
from typing import Any

from PIL import Image

from mnistkit.core.preprocessing.jpeg_scans import count_scans
from mnistkit.core.preprocessing.tiff import count_values
from mnistkit.errors import PictureError

MAX_BYTES = 256 * 2**20
# Above this Pillow warns.
MAX_PIXELS = 1024**3 // 4 // 3
# Bytes for one picture, besides its file.
MAX_MEMORY = 2**30
# Pictures and files above these sizes are decoded one after the other.
LARGE_MEMORY, LARGE_FILE = 2**26, 2**24
LARGE_TURN = threading.RLock()
"""Held while a large picture is read and decoded, which bounds the memory of all threads."""

# Pillow parses in reads of a few bytes. A valid picture of 256 MiB takes some 100,000 reads, nearly
# all of them for its pixels.
MAX_HEADER_READS, MAX_READS = 2**19, 2**21
# Values in the tags of a TIFF; enough for a million tiles.
MAX_TAG_VALUES = 10**6

# Pillow's decoders in Python take up to 1 us per pixel, and copy a block of the file for each
# comment.
PYTHON_DECODERS = ("bmp_rle", "ppm", "ppm_plain")
MAX_PYTHON_PIXELS = 2 * 10**6
MAX_PLAIN_COMMENTS = 1000
# How often all tiles together may cover a picture: four colour planes, and overhanging edges.
MAX_COVERED = 8

# libjpeg-turbo advises 500 scans. A scan of 2,000 million pixels takes a second, even if empty.
MAX_SCANS, MAX_SCANNED_PIXELS = 500, 2 * 10**9

# Bytes per pixel in memory, by mode; 4 in all others.
PIXEL_BYTES = {"1": 1, "L": 1, "P": 1}
# Bytes per pixel: libwebp holds the frame, two canvases and a copy.
WEBP_BYTES = 14
COEFFICIENT_BYTES = 2
# TIFF tags.
WIDTH, BITS, SAMPLES, ROWS, TILE_WIDTH, TILE_LENGTH = 256, 258, 277, 278, 322, 323


class BoundedFile(io.BytesIO):
    """The content of a file, with a limit on the number of reads."""

    def __init__(self, content: bytes) -> None:
        super().__init__(content)
        self._reads_left = MAX_HEADER_READS

    def end_header(self) -> None:
        """Raise the limit for reading the pixels."""
        self._reads_left = MAX_READS

    def read(self, size: int | None = -1, /) -> bytes:
        """Return up to `size` bytes.

        Raises:
            PictureError: The limit is reached.
        """
        self._reads_left -= 1
        if self._reads_left < 0:
            raise PictureError(_too_long("one of too many parts"))
        return super().read(size)


def check_header(content: bytes) -> None:
    """Raise `PictureError` if opening a picture would take too long."""
    if count_values(content) > MAX_TAG_VALUES:
        raise PictureError(_too_long(f"a TIFF of more than {MAX_TAG_VALUES:,} values in its tags"))


def too_large(received: str, most: int = MAX_PIXELS) -> str:
    """Return the message about a picture of too many pixels."""
    return (
        f"expected at most {most // 10**6} million pixels, received {received}; "
        "make the picture smaller"
    )


def check_pixels(width: int, height: int) -> None:
    """Raise `PictureError` if a picture has too many pixels, or none."""
    if not width * height:
        raise PictureError("expected a picture, received one without pixels")
    if width * height > MAX_PIXELS:
        raise PictureError(too_large(f"{width} x {height}"))


def check_cost(image: Image.Image) -> int:
    """Return the peak memory, in bytes, of decoding a picture and converting it to grey.

    Raises:
        PictureError: Decoding takes too much memory or time, by the picture's header.
    """
    check_pixels(image.width, image.height)
    needed = memory_of(image)
    if needed > MAX_MEMORY:
        raise PictureError(
            f"expected a picture that is decoded in {MAX_MEMORY / 2**30:.1f} GiB of memory, "
            f"received one of {image.width} x {image.height} that takes {needed / 2**30:.1f} GiB; "
            "make the picture smaller"
        )
    _check_tiles(image)
    return needed


def check_scans(image: Image.Image, content: bytes) -> None:
    """Raise `PictureError` if a decoder would pass over a picture or its file too often.

    Args:
        image: Opened, not yet decoded.
        content: The bytes of its file.
    """
    most = min(MAX_SCANS, MAX_SCANNED_PIXELS // max(image.width * image.height, 1))
    # libtiff has its own limit.
    if image.format in ("JPEG", "MPO") and count_scans(content, most) > most:
        raise PictureError(_too_long(f"a JPEG of more than {most} scans"))
    if _codecs(image) == {"ppm_plain"} and content.count(b"#") > MAX_PLAIN_COMMENTS:
        raise PictureError(_too_long(f"one of more than {MAX_PLAIN_COMMENTS} comments"))


def memory_of(image: Image.Image) -> int:
    """Return the peak memory, in bytes, of decoding a picture and converting it to grey."""
    a_pixel = PIXEL_BYTES.get(image.mode, 4) + 1
    if image.format == "WEBP":
        a_pixel += WEBP_BYTES
    if image.info.get("progressive"):
        a_pixel += COEFFICIENT_BYTES * len(image.getbands())
    return image.width * image.height * a_pixel + _buffer_of(image)


def _buffer_of(image: Image.Image) -> int:
    """Return the bytes of a TIFF's strip or tile, which may be larger than the picture."""
    tags = getattr(image, "tag_v2", {})
    width = tags.get(TILE_WIDTH, tags.get(WIDTH, 0))
    rows = tags.get(TILE_LENGTH, min(tags.get(ROWS, image.height), image.height))
    bits = tags.get(BITS, (8,))
    # One number may stand for all samples of a pixel.
    return int(width * rows * max(sum(bits), bits[0] * tags.get(SAMPLES, 1))) // 8


def _check_tiles(image: Image.Image) -> None:
    """Check the parts that Pillow decodes one by one; most pictures are a single one."""
    pixels = image.width * image.height
    if not _codecs(image).isdisjoint(PYTHON_DECODERS) and pixels > MAX_PYTHON_PIXELS:
        raise PictureError(_too_long(f"{pixels:,} pixels of a format that is slow to decode"))
    boxes = (tile[1] for tile in _tiles(image))
    if sum((box[2] - box[0]) * (box[3] - box[1]) for box in boxes) > MAX_COVERED * pixels:
        raise PictureError(_too_long("one whose tiles overlap many times"))


def _codecs(image: Image.Image) -> set[str]:
    return {tile[0] for tile in _tiles(image)}


def _tiles(image: Image.Image) -> Sequence[Any]:
    """Return the parts to decode; none if a picture is decoded already."""
    return getattr(image, "tile", ())


def _too_long(received: str) -> str:
    return (
        f"expected a picture that is decoded in a second or two, received {received}; save it again"
    )
