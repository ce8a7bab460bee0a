"""Photos in HEIF, the format of iPhones: still pictures, whole and upright."""

from __future__ import annotations

from PIL import Image

from mnistkit.core.preprocessing.bounds import MAX_PIXELS, check_pixels
from mnistkit.core.preprocessing.outside.decoder import on_disk, start
from mnistkit.errors import PictureError

ORIENTATION, UPRIGHT = 0x0112, 1


def decode_heif(content: bytes) -> Image.Image:
    """Return the main picture of a file, turned as the file says.

    Where its EXIF has an orientation, it is that of an upright picture.

    Raises:
        PictureError: It is damaged or too large.
    """
    with on_disk(content) as file, start("heif", file, MAX_PIXELS) as decoder:
        facts, pixels = decoder.answer()
    if "error" in facts:
        raise PictureError(
            f"expected a whole picture, received a damaged one ({facts['error']}); save it again"
        )
    size = int(facts["width"]), int(facts["height"])
    check_pixels(*size)
    image = Image.frombytes(facts["mode"], size, pixels)
    if facts["oriented"]:
        image.getexif()[ORIENTATION] = UPRIGHT
    return image
