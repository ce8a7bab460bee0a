"""What is asked in the query of a request: the options of the commands, by the same names."""

from __future__ import annotations

import base64
import io
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast, get_args

from PIL import Image
from starlette.requests import Request

from mnistkit.prediction.records import Prediction
from mnistkit.reading.turn import Turn
from mnistkit.serving.numerals import whole_number
from mnistkit.serving.replies import RequestError

if TYPE_CHECKING:
    # OpenCV, which they bring, would slow the start.
    from mnistkit.reading.pages import PageAnswer

FLAGS = {"true": True, "1": True, "false": False, "0": False}
# Pixels of the longer side of a page that is sent back.
PAGE_SIDE = 1600
# Digits of a number of labels.
MOST_DIGITS = 4


@dataclass(frozen=True)
class PredictQuery:
    """How pictures are answered.

    Args:
        top: Number of labels per picture.
        min_confidence: Lowest confidence of a label that is given.
        images: Whether each image is sent back as the model sees it.
    """

    top: int
    min_confidence: float
    images: bool

    @classmethod
    def of(cls, request: Request) -> PredictQuery:
        """Return the query of a request; raises `RequestError`."""
        query = _known(request, {"top", "min_confidence", "images"})
        text = query.get("top", "1")
        top = whole_number(text, MOST_DIGITS)
        if not top:
            raise _refused("top", "a number from 1", text)
        return cls(top, _confidence(query), _flag(query, "images"))

    def extras(self, prediction: Prediction) -> dict[str, Any]:
        """Return what a record has besides that of the command line."""
        if not self.images or prediction.error is not None:
            return {}
        image = prediction.image
        return {"image": None if image is None else image.ravel().tolist()}


@dataclass(frozen=True)
class ReadQuery:
    """How pages are read and answered.

    Args:
        rotate: Degrees clockwise, or `auto`.
        min_confidence: Below it a digit has no label.
        handwritten: Whether printed digits are left out.
        cells: Whether the numbers are sent as the cells of a table, too.
        pictures: Whether each page is sent back upright.
    """

    rotate: Turn
    min_confidence: float
    handwritten: bool
    cells: bool
    pictures: bool

    @classmethod
    def of(cls, request: Request) -> ReadQuery:
        """Return the query of a request; raises `RequestError`."""
        flags = ("handwritten", "cells", "pictures")
        query = _known(request, {"rotate", "min_confidence", *flags})
        rotate = query.get("rotate", "auto")
        if rotate not in get_args(Turn):
            raise _refused("rotate", f"one of {', '.join(get_args(Turn))}", rotate)
        turn = cast("Turn", rotate)
        return cls(turn, _confidence(query), *(_flag(query, name) for name in flags))

    def record(self, answer: PageAnswer) -> dict[str, Any]:
        """Return the record of a page."""
        from mnistkit.reading.records import cells_of_page, record_of

        record = record_of(answer, self.min_confidence)
        if self.cells and answer.error is None:
            record["cells"] = cells_of_page(answer, self.min_confidence)
        if self.pictures and answer.colours is not None:
            record["picture"] = _data_url(Image.fromarray(answer.colours))
        return record


def _data_url(page: Image.Image) -> str:
    """Return a page as a JPEG in a URL, for a browser that can't decode its file."""
    page.thumbnail((PAGE_SIDE, PAGE_SIDE))
    encoded = io.BytesIO()
    page.save(encoded, "JPEG", quality=85)
    return f"data:image/jpeg;base64,{base64.b64encode(encoded.getbuffer()).decode()}"


def _known(request: Request, names: set[str]) -> dict[str, str]:
    query = dict(request.query_params)
    for name in query.keys() - names:
        raise _refused("the query", f"some of {', '.join(sorted(names))}", name)
    return query


def _confidence(query: dict[str, str]) -> float:
    text = query.get("min_confidence", "0")
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0 <= value <= 1:
        raise _refused("min_confidence", "a number from 0 to 1", text)
    return value


def _flag(query: dict[str, str], name: str) -> bool:
    text = query.get(name, "false")
    if text not in FLAGS:
        raise _refused(name, "true or false", text)
    return FLAGS[text]


def _refused(name: str, expected: str, received: str) -> RequestError:
    return RequestError(400, f"expected {expected} as {name}, received {received[:50]!r}")
