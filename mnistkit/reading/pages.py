"""Reading a stream of pages: each upright, one after the other."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from mnistkit.core.class_names import named
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.preprocessing.decoding import Photo
from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.errors import PictureError, UsageError
from mnistkit.prediction.sources import PictureSource
from mnistkit.reading.orientation import find_turn
from mnistkit.reading.page import FirstLook, Line, first_look, read_page
from mnistkit.reading.views import views

# How each mark on a page becomes an image.
PREPARATION = "digit"

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
    classifier: Classifier, sources: Iterable[PictureSource], turn: Turn
) -> Iterator[PageAnswer]:
    """Yield what is read on each page, in their order.

    Raises:
        UsageError: The model is none of digits.
    """
    _check_reads(classifier)
    for source in sources:
        try:
            picture, seen = upright(classifier, source.read(), turn)
            yield PageAnswer(source.name, picture, tuple(read_page(classifier, picture, seen)))
        except PictureError as error:
            yield PageAnswer(source.name, error=str(error))


def _check_reads(classifier: Classifier) -> None:
    names, preparation = classifier.class_names, classifier.card.preparation
    if preparation != PREPARATION or not set(names) <= set("0123456789"):
        raise UsageError(
            f"expected a model of digits, prepared as {PREPARATION!r}, received one of "
            f"{named(names)}, prepared as {preparation!r}; choose another --model, such as "
            "`bundled`"
        )


def upright(
    classifier: Classifier, photo: Photo, turn: Turn
) -> tuple[GreyPicture, FirstLook | None]:
    """Turn a photo clockwise: as told, else by EXIF, else by its digits.

    Returns:
        The picture, and what was found in it where it had to be looked at and was upright.
    """
    if turn != "auto":
        return _turned(photo.pixels, int(turn)), None
    if photo.orientation is not None:
        return photo.upright(), None
    seen = first_look(classifier, next(views(photo.pixels)))
    degrees = find_turn(classifier, seen)
    return _turned(photo.pixels, degrees), None if degrees else seen


def _turned(pixels: GreyPicture, degrees: int) -> GreyPicture:
    return np.ascontiguousarray(np.rot90(pixels, -degrees // 90))
