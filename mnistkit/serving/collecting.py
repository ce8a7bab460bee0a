"""Keeping a picture with the label that a user gives it."""

from __future__ import annotations

import io
from contextlib import closing
from typing import get_args

import numpy as np
from fastapi import APIRouter
from PIL import Image
from starlette.requests import Request
from starlette.responses import Response

from mnistkit.core.preprocessing.decoding import check_size, suffix_of
from mnistkit.core.preprocessing.pages import pages_of
from mnistkit.errors import PictureError
from mnistkit.reading.turn import Turn
from mnistkit.serving.collection import NO_DIGIT, Collection, Kept
from mnistkit.serving.forms import Form, read_form
from mnistkit.serving.numerals import whole_number
from mnistkit.serving.replies import RequestError, json_reply
from mnistkit.serving.service import Service, service_of

router = APIRouter()

# Of the height of a digit's box: what is kept around it.
MARGIN = 0.15
MOST_DIGITS = 6
SIDES = 4


@router.post("/collect")
async def collect(request: Request) -> Response:
    """Keep the picture of a form with its label."""
    service = service_of(request)
    collection = service.collection
    if collection is None:
        raise RequestError(404, "expected a server that collects; start it with --collect DIR")
    async with service.bodies.whole(request) as body:
        form = await read_form(request.headers, body, 1)
        label = collection.check_label(form.texts.get("label"))
        with service.preparing.admitted(1):
            async with service.in_time():
                kept = await service.preparing.run(_keep, service, collection, form, label)
    return json_reply({"label": label, "new": kept.new, "collected": kept.collected})


def _keep(service: Service, collection: Collection, form: Form, label: str) -> Kept:
    try:
        content, suffix = _picture_of(form, service.settings.limits.pixels)
        # Decoded in any case: what is kept can be read again.
        image = service.classifier.prepare(content)
    except PictureError as error:
        raise RequestError(422, str(error)) from error
    if image is None and label != NO_DIGIT:
        raise RequestError(422, "expected a picture with ink, received a blank one")
    return collection.keep(label, content, suffix)


def _picture_of(form: Form, most_pixels: int) -> tuple[bytes, str]:
    """Return the bytes of the picture to keep and its suffix: as it was, or a part of a page.

    Raises:
        PictureError: It can't be decoded.
        RequestError: The part is none.
    """
    content = form.pictures[0].content
    check_size(content, most_pixels)
    if "box" in form.texts:
        return _part_of(content, form.texts), ".png"
    return content, suffix_of(content)


def _part_of(content: bytes, texts: dict[str, str]) -> bytes:
    """Return the part of a page around a box, as a PNG."""
    # They bring OpenCV.
    from mnistkit.reading.orientation import turned
    from mnistkit.reading.pages import DEGREES_OF

    box = [_number("box", side) for side in texts["box"].split(",")]
    rotated = texts.get("rotated", "0")
    if len(box) != SIDES or rotated not in get_args(Turn)[1:]:
        raise RequestError(400, "expected `box` as x,y,width,height and `rotated` as in a record")
    page = _number("page", texts.get("page", "1"))
    with closing(pages_of(io.BytesIO(content), first=page)) as pages:
        photo = next(pages).read()
    degrees = int(rotated) - DEGREES_OF[photo.orientation or 1]
    upright = turned(photo.upright(), degrees % 360)
    x, y, width, height = box
    margin = round(MARGIN * height)
    part = upright[
        max(y - margin, 0) : y + height + margin, max(x - margin, 0) : x + width + margin
    ]
    if not part.size or not width or not height:
        raise RequestError(400, "expected a `box` on the page, received one beside it")
    encoded = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(part)).save(encoded, "PNG")
    return encoded.getvalue()


def _number(name: str, text: str) -> int:
    number = whole_number(text, MOST_DIGITS)
    if number is None:
        raise RequestError(400, f"expected whole numbers as `{name}`, received others")
    return number
