"""The program that decodes the file on its stdin; `decoder.py` starts it.

It is a process of its own because PDFium and libheif, which are C++, may crash on a damaged file,
and because a PDF can ask for hours, which only ending a process stops. It imports nothing of this
package, so that it starts in a tenth of a second.

Arguments: `pdf` and the page to begin with, from 1; or `heif` and how many pixels there may be.

Written to stdout: lines of JSON. One with `width`, `height` and `row`, the bytes per row, has its
pixels behind it; one with `error` says what is wrong.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress
from itertools import islice
from typing import Any

# Of the longer side of a drawn page, in pixels. A page that is one scan has the scan's own
# resolution, in between.
MIN_SIDE, MAX_SIDE = 1000, 2500
# Of this process, in bytes of addresses.
MAX_MEMORY = 2 * 2**30
# EXIF's tag.
ORIENTATION = 0x0112


def draw_pdf(first: int) -> None:
    """Tell how many pages there are; draw one after the other, as fast as they are read."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(sys.stdin.buffer)
    except pypdfium2.PdfiumError as error:
        _tell(error=error.err_code)
        return
    # What was typed into a form is drawn, too.
    document.init_forms()
    _tell(pages=len(document))
    for number in range(first - 1, len(document)):
        try:
            page = document[number]
            bitmap = page.render(scale=_scale(page), rev_byteorder=True)
        except (pypdfium2.PdfiumError, ValueError, ZeroDivisionError) as error:
            _tell(error=str(error))
            continue
        _tell(bitmap.buffer, width=bitmap.width, height=bitmap.height, row=bitmap.stride)
        bitmap.close()
        page.close()


def _scale(page: Any) -> float:
    """Return how many pixels a unit of the page becomes."""
    from pypdfium2 import PdfImage

    side = max(page.get_size())
    objects = list(islice(page.get_objects(max_depth=1), 2))
    if len(objects) != 1 or not isinstance(objects[0], PdfImage):
        return float(MAX_SIDE / side)
    left, bottom, right, top = objects[0].get_bounds()
    scanned = max(objects[0].get_px_size()) / max(right - left, top - bottom)
    return float(min(max(scanned, MIN_SIDE / side), MAX_SIDE / side))


def decode_heif(most: int) -> None:
    """Decode a photo; of one of too many pixels, tell the size alone."""
    import pi_heif

    pi_heif.options.DEPTH_IMAGES = False
    try:
        # It turns the photo as the file says, and sets EXIF's orientation to upright.
        image = pi_heif.HeifImageFile(sys.stdin.buffer)
        width, height = image.size
        pixels = image.tobytes() if width * height <= most else b""
    # By its documentation, all that it raises.
    except (OSError, ValueError, SyntaxError, RuntimeError, EOFError) as error:
        _tell(error=" ".join(str(error).split()))
        return
    if pixels:
        # What a damaged file says of its size may be another one than its pixels have.
        width, height = image.size
    oriented = ORIENTATION in image.getexif()
    row = len(pixels) // height
    _tell(pixels, mode=image.mode, width=width, height=height, row=row, oriented=oriented)


def _tell(pixels: Any = b"", **facts: object) -> None:
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n")
    sys.stdout.buffer.write(pixels)
    sys.stdout.buffer.flush()


def _limit_memory() -> None:
    # Windows has no such limit.
    with suppress(ImportError):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))


if __name__ == "__main__":
    _limit_memory()
    {"pdf": draw_pdf, "heif": decode_heif}[sys.argv[1]](int(sys.argv[2]))
