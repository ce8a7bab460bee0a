"""Opening any picture a person has, as grey pixels."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError

from mnistkit.errors import PictureError, reason_of

# Pillow knows many more; some of them start other programs (EPS starts Ghostscript).
FORMATS = {
    "PNG": (".png",),
    "JPEG": (".jpg", ".jpeg"),
    "BMP": (".bmp",),
    "GIF": (".gif",),
    "TIFF": (".tif", ".tiff"),
    "WEBP": (".webp",),
    "PPM": (".pnm", ".pbm", ".pgm", ".ppm"),
}
SUFFIXES = frozenset(chain.from_iterable(FORMATS.values()))

MAX_BYTES = 256 * 2**20
CHUNK_BYTES = 2**16

# The EXIF tag that says how a camera was held, and its value for a picture that is upright.
ORIENTATION, UPRIGHT = 0x0112, 1
# What makes a picture upright, by that tag: how many quarter turns clockwise, and whether to
# mirror it left to right before.
ORIENTATIONS = {
    1: (0, False),
    2: (0, True),
    3: (2, False),
    4: (2, True),
    5: (3, True),
    6: (1, False),
    7: (1, True),
    8: (3, False),
}

WHITE, WHITE_16 = 255, 65535
# What Pillow itself warns of; an RGB picture of this size takes 270 MB.
MAX_PIXELS = 1024**3 // 4 // 3

GreyPicture = NDArray[np.uint8]
"""uint8 (height, width), as seen: white is 255."""


@dataclass(frozen=True)
class Photo:
    """A picture as it is stored.

    Args:
        pixels: uint8 (height, width) luminance.
        orientation: How the camera was held, as EXIF has it; None where it is silent.
    """

    pixels: GreyPicture
    orientation: int | None

    def upright(self) -> GreyPicture:
        """The pixels as they are to be seen by EXIF."""
        turns, mirrored = ORIENTATIONS.get(self.orientation or UPRIGHT, (0, False))
        pixels = np.fliplr(self.pixels) if mirrored else self.pixels
        return np.ascontiguousarray(np.rot90(pixels, -turns)) if turns or mirrored else pixels


def read_picture(source: Path | BinaryIO) -> GreyPicture:
    """Decode a picture: upright by EXIF, on white where transparent, its first frame.

    Args:
        source: A file, or an open stream of one picture's bytes.

    Returns:
        uint8 (height, width) luminance.

    Raises:
        PictureError: Missing, empty, too large, damaged, or no picture.
    """
    return read_photo(source).upright()


def read_photo(source: Path | BinaryIO) -> Photo:
    """Decode a picture without turning it; see `read_picture`."""
    return decode_photo(_content(source))


def _content(source: Path | BinaryIO) -> bytes:
    try:
        if isinstance(source, Path):
            with source.open("rb", buffering=0) as stream:
                return _read(stream)
        return _read(source)
    # A path with a NUL character in it is a ValueError.
    except (OSError, ValueError) as error:
        raise PictureError(reason_of(error)) from error


def decode_photo(content: bytes) -> Photo:
    """Decode the bytes of one picture, without turning it; see `read_picture`."""
    if not content:
        raise PictureError("expected a picture, received an empty file")
    try:
        with Image.open(io.BytesIO(content), formats=tuple(FORMATS)) as image:
            _check_size(*image.size)
            stored = image.getexif().get(ORIENTATION)
            orientation = stored if stored in ORIENTATIONS else None
            if orientation is not None and image.format == "TIFF":
                # Pillow turns these as it loads them.
                orientation = UPRIGHT
            return Photo(_grey(image), orientation)
    except PictureError:
        raise
    except UnidentifiedImageError as error:
        raise PictureError(
            "expected a PNG, JPEG, BMP, GIF, TIFF, WebP or PNM picture, received something else; "
            "convert it first"
        ) from error
    except Image.DecompressionBombError as error:
        raise PictureError(_too_large("more than twice that")) from error
    # Pillow's decoders raise what they like on a damaged file: OSError, SyntaxError,
    # struct.error, ValueError, EOFError, IndexError among others.
    except Exception as error:
        reason = str(error) or type(error).__name__
        raise PictureError(
            f"expected a whole picture, received a damaged one ({reason}); save it anew"
        ) from error


def _read(stream: BinaryIO | io.FileIO) -> bytes:
    """Read to the end, which an endless device or pipe does not have."""
    chunks, size = [], 0
    while chunk := stream.read(CHUNK_BYTES):
        chunks.append(chunk)
        size += len(chunk)
        if size > MAX_BYTES:
            raise PictureError(
                f"expected a file of at most {MAX_BYTES // 2**20} MiB, received a larger one; "
                "make the picture smaller"
            )
    return b"".join(chunks)


def walk_pictures(folder: Path) -> Iterator[Path | OSError]:
    """Yield the pictures below a folder in sorted order; links to folders are left out.

    A folder that can't be read is yielded as its error. Of the folders on the way down the
    names are held, and nothing else.
    """
    waiting = [str(folder)]
    while waiting:
        place = waiting.pop()
        if Path(place).suffix.lower() in SUFFIXES and not Path(place).is_dir():
            yield Path(place)
            continue
        try:
            with os.scandir(place) as entries:
                found = sorted(entry.name for entry in entries if _is_of_interest(entry))
        except OSError as error:
            yield error
        else:
            waiting.extend(str(Path(place, name)) for name in reversed(found))


def _is_of_interest(entry: os.DirEntry[str]) -> bool:
    """Whether it is a folder, or a file that is a picture by its name; no pipe or device."""
    if entry.is_dir(follow_symlinks=False):
        return True
    if Path(entry.name).suffix.lower() not in SUFFIXES:
        return False
    try:
        return entry.is_file()
    except OSError:
        # A link that leads nowhere; reading it says so.
        return True


def _check_size(width: int, height: int) -> None:
    if width * height > MAX_PIXELS:
        raise PictureError(_too_large(f"{width} x {height}"))


def _too_large(received: str) -> str:
    return (
        f"expected at most {MAX_PIXELS // 10**6} million pixels, received {received}; "
        "make the picture smaller"
    )


def _grey(image: Image.Image) -> GreyPicture:
    if image.mode[0] in "IF":
        values = np.array(image)
        if "transparency" in image.info:
            values[values == image.info["transparency"]] = WHITE_16
        return _scaled_to_bytes(values)
    if image.mode == "LAB":
        return np.asarray(image.getchannel("L"))
    if image.has_transparency_data:
        image = image.convert("RGBA")
        paper = Image.new("L", image.size, WHITE)
        paper.paste(image.convert("L"), mask=image.getchannel("A"))
        return np.asarray(paper)
    if image.mode == "CMYK":
        image = image.convert("RGB")
    return np.asarray(image if image.mode == "L" else image.convert("L"))


def _scaled_to_bytes(values: NDArray[Any]) -> GreyPicture:
    """Bring 16-bit, 32-bit and float pixels to 0..255; Pillow would cut them off."""
    if values.dtype.newbyteorder("=") == np.uint16:
        # Cameras and scanners store 12 bits in 16.
        unused = 4 if values.max() < 2**12 else 8
        high_bits: GreyPicture = (values >> unused).astype(np.uint8)
        return high_bits
    numbers = np.nan_to_num(values.astype(np.float64), posinf=0, neginf=0)
    low, high = numbers.min(), numbers.max()
    if low >= 0 and high <= WHITE:
        # Floats in [0, 1] are the one common case where 255 isn't white.
        scale = WHITE if values.dtype.kind == "f" and high <= 1 else 1.0
        return np.rint(numbers * scale).astype(np.uint8)
    if low >= 0 and high <= WHITE_16:
        return (numbers * (WHITE / WHITE_16)).astype(np.uint8)
    stretched: GreyPicture = ((numbers - low) * (WHITE / ((high - low) or 1))).astype(np.uint8)
    return stretched
