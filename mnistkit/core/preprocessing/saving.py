"""Writing pictures into a folder without replacing files."""

from __future__ import annotations

import io
import re
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

from mnistkit.core.files import MAX_STEM, _flush, _take_name
from mnistkit.core.holding import temporary_file
from mnistkit.errors import OutputError, reason_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# Pixels; libjpeg's limit.
MAX_JPEG_SIDE = 65_500

# How the name of a page of a file ends.
PAGE = re.compile(r"#(\d+)$")

PICTURE_FORMATS = {".png": "PNG", ".jpg": "JPEG"}


def save_picture(pixels: NDArray[np.uint8], folder: Path, source: str, suffix: str) -> None:
    """Write a picture into a folder under its source's name, numbered if the name is taken.

    Args:
        pixels: uint8 (height, width) grey or (height, width, 3) RGB.
        folder: Created if it is missing.
        source: A path, or the name of another source.
        suffix: One of `PICTURE_FORMATS`; a picture too large for JPEG is written as PNG.

    Raises:
        OutputError: It can't be written.
    """
    from PIL import Image

    stem = _stem_of(source)
    suffix = ".png" if max(pixels.shape) > MAX_JPEG_SIDE else suffix
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with temporary_file(folder, suffix) as temporary:
            # Encoded in memory, because Pillow does not notice that a disk is full.
            encoded = io.BytesIO()
            Image.fromarray(pixels).save(encoded, PICTURE_FORMATS[suffix], quality=90)
            temporary.write_bytes(encoded.getbuffer())
            _flush(temporary)
            names = (f"{stem}-{number}" if number > 1 else stem for number in count(1))
            next(name for name in names if _take_name(temporary, folder / f"{name}{suffix}"))
    except OSError as error:
        raise OutputError(
            f"expected a folder that can be written to, received {folder}: "
            f"{reason_of(error, folder=True)}; free space or choose another one"
        ) from error


def _stem_of(source: str) -> str:
    """Return what a source's picture is called, without a suffix."""
    page = PAGE.search(source)
    name = source[: page.start()] if page else source
    # A source may be `mnist/test/7`, `example:seven` or `-`, too.
    stem = Path(name).stem.replace(":", "-").lstrip("-.")[:MAX_STEM] or "stdin"
    return f"{stem}-page{page[1]}" if page else stem
