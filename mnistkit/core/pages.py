"""Reading a stream of pages: each upright, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mnistkit.core.classifier import Classifier
from mnistkit.core.page.reading import Line, read_page
from mnistkit.core.page.turning import find_turn
from mnistkit.core.pictures import GreyPicture, Photo
from mnistkit.core.sources import Source
from mnistkit.errors import PictureError

Turn = Literal["auto", "0", "90", "180", "270"]


@dataclass(frozen=True)
class PageAnswer:
    """What was read on a page.

    Args:
        source: Its name.
        picture: uint8 (height, width), upright; None with an error.
        lines: From top to bottom.
        error: Why it could not be read.
    """

    source: str
    picture: GreyPicture | None = None
    lines: tuple[Line, ...] = ()
    error: str | None = None


def read_pages(
    classifier: Classifier, sources: Iterable[Source], turn: Turn
) -> Iterator[PageAnswer]:
    """Yield what is read on each page, in their order."""
    for source in sources:
        if source.read is None:
            continue
        try:
            picture = upright(classifier, source.read(), turn)
            yield PageAnswer(source.name, picture, tuple(read_page(classifier, picture)))
        except PictureError as error:
            yield PageAnswer(source.name, error=str(error))


def upright(classifier: Classifier, photo: Photo, turn: Turn) -> GreyPicture:
    """Turn a photo clockwise: as told, else by EXIF, else by its digits."""
    if turn == "auto" and photo.orientation is not None:
        return photo.upright()
    degrees = find_turn(classifier, photo.pixels) if turn == "auto" else int(turn)
    return np.ascontiguousarray(np.rot90(photo.pixels, -degrees // 90))
