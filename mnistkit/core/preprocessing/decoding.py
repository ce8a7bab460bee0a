"""Decoding a picture of any supported format to grey pixels."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image, UnidentifiedImageError

from mnistkit.core.preprocessing.bounds import (
    LARGE_FILE,
    LARGE_MEMORY,
    LARGE_TURN,
    MAX_BYTES,
    BoundedFile,
    check_cost,
    check_header,
    check_scans,
    too_large,
)
from mnistkit.core.preprocessing.grey import ColourPicture, GreyPicture, colour_of, grey_of
from mnistkit.core.preprocessing.kinds import is_heif, is_pdf
from mnistkit.core.preprocessing.plain_png import decode_plain_png
from mnistkit.core.preprocessing.tiff import silence_libtiff
from mnistkit.errors import PictureError, reason_of

# Pillow's other formats are left out; some start other programs (EPS starts Ghostscript).
FORMATS = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg"),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
    "PPM": (".pnm", ".pbm", ".pgm", ".ppm"),
}
HEIF_SUFFIXES = (".heic", ".heif")
SUFFIXES = frozenset(chain(HEIF_SUFFIXES, *FORMATS.values()))

PICTURE = "PNG, JPEG, BMP, GIF, TIFF, WebP, HEIF or PNM picture"
"""The formats above, as errors name them."""

CHUNK_BYTES = 2**16

# The EXIF tag of the orientation, and its value for an upright picture.
ORIENTATION, UPRIGHT = ExifTags.Base.Orientation, 1
ORIENTATIONS = range(1, 9)


@dataclass(frozen=True)
class Photo:
    """A picture as stored, before it is turned upright.

    Args:
        pixels: uint8 (height, width) luminance.
        orientation: EXIF orientation, 1 to 8; None if the picture has none.
        colours: uint8 (height, width, 3), RGB, where they were asked for.
    """

    pixels: GreyPicture
    orientation: int | None
    colours: ColourPicture | None = None

    def upright(self) -> GreyPicture:
        """Return the pixels turned upright by the EXIF orientation, uint8 (height, width)."""
        return turned_upright(self.pixels, self.orientation)


def turned_upright(pixels: NDArray[np.uint8], orientation: int | None) -> NDArray[np.uint8]:
    """Return pixels, grey or RGB, turned upright by an EXIF orientation."""
    if orientation in (None, UPRIGHT):
        return pixels
    # Few pictures need this import.
    from PIL import ImageOps

    stored = Image.fromarray(pixels)
    stored.getexif()[ORIENTATION] = orientation
    return np.asarray(ImageOps.exif_transpose(stored))


def read_picture(source: Path | BinaryIO) -> GreyPicture:
    """Return a picture's grey pixels: upright by EXIF, on white where transparent, first frame.

    Args:
        source: A path, or a binary stream of one picture.

    Returns:
        uint8 (height, width) luminance.

    Raises:
        PictureError: It is missing, empty, too large, damaged or not a picture.
    """
    return read_photo(source).upright()


def read_photo(source: Path | BinaryIO, *, colour: bool = False) -> Photo:
    """Return a picture as stored, with its colours if asked; see `read_picture`."""
    with ExitStack() as turn:
        return decode_photo(read_content(source, turn), colour=colour)


def read_content(source: Path | BinaryIO, turn: ExitStack) -> bytes:
    """Return a file's bytes.

    Args:
        source: A file, or an open stream.
        turn: Holds `LARGE_TURN` from here on where the file is large.

    Raises:
        PictureError: It can't be read, or is too large.
    """
    try:
        if isinstance(source, Path):
            with source.open("rb", buffering=0) as stream:
                return _read(stream, turn)
        return _read(source, turn)
    # A path with a NUL character raises ValueError.
    except (OSError, ValueError) as error:
        raise PictureError(reason_of(error)) from error


def decode_photo(content: bytes, *, colour: bool = False, expected: str = PICTURE) -> Photo:
    """Return a picture as stored, from the bytes of its file; see `read_photo`.

    Args:
        content: The bytes.
        colour: Whether the colours are kept.
        expected: What the error for an unknown format names.
    """
    if not content:
        raise PictureError("expected a picture, received an empty file")
    plain = None if colour else decode_plain_png(content)
    if plain is not None:
        return Photo(plain, None)
    if is_pdf(content):
        raise PictureError("expected a picture, received a PDF; `mnistkit read` reads its pages")
    if is_heif(content):
        # Few pictures need this import.
        from mnistkit.core.preprocessing.outside.heif import decode_heif

        return photo_of_image(decode_heif(content), colour=colour)
    with _opened(content, expected) as (image, file):
        file.end_header()
        check_scans(image, content)
        return photo_of_image(image, colour=colour)


def check_size(content: bytes, most: int) -> None:
    """Raise `PictureError` for a picture of more pixels, by the header of its file.

    A PDF's pages and HEIF pictures have limits of their own where they are decoded, and an empty
    file is refused there.

    Args:
        content: The bytes of the file.
        most: Pixels.
    """
    if not content or is_pdf(content) or is_heif(content):
        return
    with _opened(content) as (image, _):
        if image.width * image.height > most:
            raise PictureError(too_large(f"{image.width} x {image.height}", most))


def suffix_of(content: bytes) -> str:
    """Return the usual suffix of a picture's file, such as `.png`, by its content.

    Raises:
        PictureError: It is not a picture.
    """
    if is_heif(content):
        return HEIF_SUFFIXES[0]
    with _opened(content) as (image, _):
        # A photo of several pictures is a JPEG.
        return FORMATS.get(image.format or "", FORMATS["JPEG"])[0]


@contextmanager
def _opened(content: bytes, expected: str = PICTURE) -> Iterator[tuple[Image.Image, BoundedFile]]:
    """Open a picture of one of `FORMATS` without decoding it, and the file that it reads."""
    with _told_in_one_line(expected):
        check_header(content)
        file = BoundedFile(content)
        with Image.open(file, formats=tuple(FORMATS)) as image:
            yield image, file


def photo_of_image(image: Image.Image, *, colour: bool = False) -> Photo:
    """Return a picture as stored, from Pillow's image; see `read_photo`."""
    with _told_in_one_line(), ExitStack() as turn:
        if check_cost(image) > LARGE_MEMORY:
            turn.enter_context(LARGE_TURN)
        if image.format == "TIFF":
            silence_libtiff()
        stored = image.getexif().get(ORIENTATION)
        orientation = stored if stored in ORIENTATIONS else None
        if orientation is not None and image.format == "TIFF":
            # Pillow turns a TIFF while it loads it.
            orientation = UPRIGHT
        return Photo(grey_of(image), orientation, colour_of(image) if colour else None)


@contextmanager
def _told_in_one_line(expected: str = PICTURE) -> Iterator[None]:
    """Turn every error of Pillow into a `PictureError`."""
    try:
        yield
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        raise PictureError(
            f"expected a {expected}, received something else; convert it first"
        ) from error
    except Image.DecompressionBombError as error:
        raise PictureError(too_large("more than twice that")) from error
    # On a damaged file Pillow raises OSError, SyntaxError, struct.error, ValueError, EOFError,
    # IndexError and others.
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise PictureError(
            f"expected a whole picture, received a damaged one ({reason}); save it again"
        ) from error


def _read(stream: BinaryIO | io.FileIO, turn: ExitStack) -> bytes:
    """Return all bytes of a stream, up to a limit, as a device or pipe may be endless."""
    content = io.BytesIO()
    while chunk := stream.read(CHUNK_BYTES):
        content.write(chunk)
        if content.tell() > LARGE_FILE:
            turn.enter_context(LARGE_TURN)
        if content.tell() > MAX_BYTES:
            raise PictureError(
                f"expected a file of at most {MAX_BYTES // 2**20} MiB, received a larger one; "
                "make the picture smaller"
            )
    return content.getvalue()
