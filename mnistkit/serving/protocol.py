"""The Open Inference Protocol, version 2, over HTTP, with the binary tensor data extension."""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from mnistkit.__about__ import __version__
from mnistkit.core.arrays import IMAGE_SHAPE
from mnistkit.core.models.onnx_file import INPUT, OUTPUT
from mnistkit.serving import tensors
from mnistkit.serving.numerals import whole_number
from mnistkit.serving.replies import OPTIONS, RequestError, json_reply
from mnistkit.serving.service import Service, service_of

HEADER_LENGTH = "Inference-Header-Content-Length"
BINARY_TYPE = "application/octet-stream"
# As many digits as any length within the limits has.
MOST_DIGITS = 12
MODEL = "/v2/models/{name}"

router = APIRouter()


@router.get("/v2")
async def describe_server(_: Request) -> Response:
    """Return the server's name, version and extensions."""
    return json_reply(
        {"name": "mnistkit", "version": __version__, "extensions": ["binary_tensor_data"]}
    )


@router.get("/v2/health/live")
async def live(_: Request) -> Response:
    """Return that the server is there."""
    return json_reply({"live": True})


@router.get("/v2/health/ready")
async def ready(_: Request) -> Response:
    """Return that the model is open: it is before the first request is taken."""
    return json_reply({"live": True, "ready": True})


@router.get(MODEL)
async def describe_model(request: Request) -> Response:
    """Return the model's inputs and outputs."""
    service = _of_model(request)
    classifier = service.classifier
    return json_reply(
        {
            "name": service.name,
            "platform": f"mnistkit_{classifier.card.exporter or 'onnx'}",
            "inputs": [_tensor(INPUT, tensors.DATATYPE, *IMAGE_SHAPE)],
            "outputs": [_tensor(OUTPUT, tensors.OUTPUT_DATATYPE, len(classifier.class_names))],
        }
    )


@router.get(f"{MODEL}/ready")
async def model_ready(request: Request) -> Response:
    """Return that the model is open."""
    return json_reply({"name": _of_model(request).name, "ready": True})


async def infer(request: Request) -> Response:
    """Return the probabilities of images."""
    service = _of_model(request)
    async with service.bodies.whole(request) as body:
        length = _header_length(request)
        asked = tensors.parse(body, length, service.settings.limits.images)
        async with service.in_time():
            rows = await service.batcher.submit(asked.images)
    service.metrics.count_predictions(rows)
    output, binary = tensors.output_of(rows, binary=asked.binary)
    named = {} if asked.id is None else {"id": asked.id}
    return _reply({"model_name": service.name, **named, "outputs": [output]}, binary)


def _reply(value: dict[str, Any], binary: bytes) -> Response:
    if not binary:
        return json_reply(value)
    head = orjson.dumps(value, option=OPTIONS)
    return Response(head + binary, headers={HEADER_LENGTH: str(len(head))}, media_type=BINARY_TYPE)


def _of_model(request: Request) -> Service:
    """Return the service, whose model a request has to name."""
    service = service_of(request)
    if request.path_params["name"] != service.name:
        raise RequestError(
            404, f"expected the model {service.name}, which this server has, received another name"
        )
    return service


def _header_length(request: Request) -> int | None:
    """Return how many bytes of the body are JSON; None for all."""
    given = request.headers.get(HEADER_LENGTH)
    if given is None:
        return None
    length = whole_number(given, MOST_DIGITS)
    if length is None:
        raise RequestError(400, f"expected a number of bytes as {HEADER_LENGTH}, received another")
    return length


def _tensor(name: str, datatype: str, *shape: int) -> dict[str, Any]:
    return {"name": name, "datatype": datatype, "shape": [-1, *shape]}
