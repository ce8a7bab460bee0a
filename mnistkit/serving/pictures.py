"""Pictures and pages, answered with the records of the command line."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from mnistkit.core.arrays import Images
from mnistkit.core.preprocessing.decoding import check_size
from mnistkit.errors import PictureError
from mnistkit.prediction.records import Answers, Prediction, record_of
from mnistkit.serving.forms import Upload, read_form
from mnistkit.serving.queries import PredictQuery, ReadQuery
from mnistkit.serving.replies import RequestError, json_reply
from mnistkit.serving.service import Service, service_of

router = APIRouter()


@router.post("/predict")
async def predict(request: Request) -> Response:
    """Return the record of each picture of a form."""
    service = service_of(request)
    query = PredictQuery.of(request)
    limits = service.settings.limits
    async with service.bodies.whole(request) as body:
        form = await read_form(request.headers, body, limits.images)
        with service.preparing.admitted(len(form.pictures)):
            async with service.in_time():
                predictions = await _predict(service, form.pictures)
    names = service.classifier.class_names
    answers = Answers(service.classifier, min(query.top, len(names)), query.min_confidence)
    records = [record_of(each, answers) | query.extras(each) for each in predictions]
    return _reply({"model": service.name, "class_names": names}, "predictions", records)


async def _predict(service: Service, pictures: Sequence[Upload]) -> list[Prediction]:
    jobs = (service.preparing.run(_prepare, service, picture) for picture in pictures)
    prepared = await asyncio.gather(*jobs)
    images = [image for image in prepared if isinstance(image, np.ndarray)]
    rows = iter(())
    if images:
        probabilities = await service.batcher.submit(np.stack(images))
        service.metrics.count_predictions(probabilities)
        rows = iter(probabilities)
    return [
        Prediction(picture.name, next(rows), None, image)
        if isinstance(image, np.ndarray)
        else Prediction(picture.name, error=image)
        for picture, image in zip(pictures, prepared, strict=True)
    ]


def _prepare(service: Service, picture: Upload) -> Images | str | None:
    """Return the image of a picture, None without ink, or the reason why it can't be read."""
    try:
        check_size(picture.content, service.settings.limits.pixels)
        return service.classifier.prepare(picture.content)
    except PictureError as error:
        return str(error)


@router.post("/read")
async def read(request: Request) -> Response:
    """Return the record of each page of the pictures of a form."""
    service = service_of(request)
    query = ReadQuery.of(request)
    most = service.settings.limits.images
    records: list[dict[str, Any]] = []
    async with service.bodies.whole(request) as body:
        form = await read_form(request.headers, body, most)
        with service.reading.admitted(1):
            async with service.in_time():
                answers = _pages(service, form.pictures, query)
                # Page by page, so that others have their turn, and that nobody's are not read.
                while record := await service.reading.run(next, answers, None):
                    records.append(record)
                    if len(records) > most:
                        raise RequestError(413, f"expected at most {most:,} pages, received more")
    return _reply({"reader": service.reader.name}, "pages", records)


def _pages(
    service: Service, pictures: Sequence[Upload], query: ReadQuery
) -> Iterator[dict[str, Any]]:
    """Yield the record of each page."""
    from mnistkit.prediction.page_sources import pages_of_files
    from mnistkit.prediction.sources import PictureFile
    from mnistkit.reading.pages import handwritten_only, read_pages

    most = service.settings.limits.pixels
    files = (PictureFile(each.name, partial(_opened, each.content, most)) for each in pictures)
    sources = pages_of_files(files, colour=query.pictures)
    for answer in read_pages(service.reader.open(), sources, query.rotate):
        yield query.record(handwritten_only(answer) if query.handwritten else answer)


def _opened(content: bytes, most_pixels: int) -> io.BytesIO:
    """Return a picture's bytes as a file; raises `PictureError` for too many pixels."""
    check_size(content, most_pixels)
    return io.BytesIO(content)


def _reply(head: dict[str, Any], key: str, records: Sequence[dict[str, Any]]) -> Response:
    """Return records; with the status of an error if none of the pictures could be read."""
    value = head | {key: records}
    errors = [record["error"] for record in records if "error" in record]
    if not errors or len(errors) < len(records):
        return json_reply(value)
    return json_reply(value | {"error": errors[0]}, 422)
