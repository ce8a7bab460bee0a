"""Reading a page that a program in Python has."""

from __future__ import annotations

import os
from functools import cache
from typing import Literal

from mnistkit.core.models.choice import BUNDLED
from mnistkit.core.preprocessing.given import Picture, page_of
from mnistkit.errors import UsageError
from mnistkit.prediction.sources import PictureSource
from mnistkit.reading.page import Line
from mnistkit.reading.pages import read_pages
from mnistkit.reading.reader import Reader, choose_reader, open_reader
from mnistkit.reading.turn import Turn

TURNS: dict[int | None, Turn] = {None: "auto", 0: "0", 90: "90", 180: "180", 270: "270"}


def read(
    picture: Picture,
    *,
    page: int = 1,
    rotate: Literal[0, 90, 180, 270] | None = None,
    model: str | os.PathLike[str] = BUNDLED,
) -> list[Line]:
    """Read the lines of digits on a page.

    Args:
        picture: A file's path or `example:page`, a file's bytes, a file opened in binary mode, a
            Pillow image in any mode, or pixels: uint8 (height, width) of grey, (height, width, 3)
            of RGB, (height, width, 4) of RGBA. A file may be a PDF.
        page: Of a PDF, or of a TIFF file of several pages, the page to read, from 1.
        rotate: By how many degrees clockwise the stored picture is turned. Without it, EXIF's
            orientation is obeyed unless the digits clearly show another.
        model: The file or folder that `mnistkit train-reader` wrote, or `bundled`.

    Returns:
        The lines from top to bottom; none where there are no digits. Boxes are in pixels of the
        upright picture.

    Raises:
        PictureError: It can't be read or decoded, or has no such page.
        UsageError: It is no picture, or no such turn.
        ModelError: There is no such model, or it is no page reader.
    """
    if rotate not in TURNS:
        raise UsageError(f"expected rotate=0, 90, 180 or 270, or none, received {rotate!r}")
    photo = page_of(picture, page)
    reader = _bundled() if model == BUNDLED else open_reader(choose_reader(model))
    (answer,) = read_pages(reader, [PictureSource("", lambda: photo)], TURNS[rotate])
    return list(answer.lines)


@cache
def _bundled() -> Reader:
    """Return the bundled reader, opened once."""
    return open_reader(choose_reader(BUNDLED))
