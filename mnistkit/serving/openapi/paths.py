"""What each path of the server takes and answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, get_args

from mnistkit.reading.turn import Turn
from mnistkit.serving.collecting import MOST_DIGITS, SIDES
from mnistkit.serving.forms import CONTENT_TYPE as FORM
from mnistkit.serving.forms import PICTURE
from mnistkit.serving.openapi.schemas import FLAG, TEXT, WHOLE, Schema, referred

Operation = dict[str, Any]
Path = dict[str, Any]

JSON, BINARY = "application/json", "application/octet-stream"
# A request that is none, no token, another host, and what is not there.
USUAL = (400, 401, 403, 404, 405)
# Of what is sent in a body: too slow, too large, compressed or of another kind, no picture, too
# much at once, not in time.
SENT = (408, 413, 415, 422, 503, 504)
FULL = 507
FILE = {"type": "string", "format": "binary"}
PICTURES: Mapping[str, Schema] = {PICTURE: {"type": "array", "items": FILE, "minItems": 1}}


def paths_of(model: str, labels: Sequence[str]) -> dict[str, Path]:
    """Return every path with its operations; the files of the page are left out.

    Args:
        model: What clients call the model.
        labels: Those of the pictures that a server keeps.
    """
    named = {"name": "name", "in": "path", "required": True, "schema": {"const": model}}
    of_model: Path = {"parameters": [named]}
    return {
        "/v2": {"get": _get("describeServer", "Server")},
        "/v2/health/live": {"get": _get("isLive", "Live") | {"security": []}},
        "/v2/health/ready": {"get": _get("isReady", "Ready") | {"security": []}},
        "/v2/models/{name}": of_model | {"get": _get("describeModel", "Model")},
        "/v2/models/{name}/ready": of_model | {"get": _get("isModelReady", "ModelReady")},
        "/v2/models/{name}/infer": of_model | {"post": _infer()},
        "/predict": {"post": _form("predict", "Predictions", PICTURES, _predict_query())},
        "/read": {"post": _form("read", "Pages", PICTURES, _read_query())},
        "/collect": {"post": _form("collect", "Collected", _collected(labels), [], (FULL,))},
        "/settings": {"get": _get("settings", "Settings")},
        "/metrics": {"get": _operation("metrics", {"text/plain": TEXT})},
        "/openapi.json": {"get": _operation("openapi", {JSON: {"type": "object"}})},
        "/": {"get": _operation("page", {"text/html": TEXT})},
    }


def _operation(
    name: str, answers: Mapping[str, Schema], errors: tuple[int, ...] = USUAL, **more: Any
) -> Operation:
    content = {kind: {"schema": schema} for kind, schema in answers.items()}
    told = {str(status): {"$ref": "#/components/responses/Error"} for status in errors}
    return {
        "operationId": name,
        "responses": {"200": {"description": "The answer.", "content": content}, **told},
        **more,
    }


def _get(name: str, answer: str) -> Operation:
    return _operation(name, {JSON: referred(answer)})


def _infer() -> Operation:
    body = {JSON: {"schema": referred("Request")}, BINARY: {"schema": FILE}}
    length = _parameter("Inference-Header-Content-Length", WHOLE | {"minimum": 0}, "header")
    answers = {JSON: referred("Inference"), BINARY: FILE}
    sent = {"requestBody": {"required": True, "content": body}, "parameters": [length]}
    return _operation("infer", answers, (*USUAL, *SENT), **sent)


def _form(
    name: str,
    answer: str,
    fields: Mapping[str, Schema],
    query: list[Schema],
    errors: tuple[int, ...] = (),
) -> Operation:
    form = {"type": "object", "properties": fields, "required": [PICTURE]}
    body = {"required": True, "content": {FORM: {"schema": form}}}
    return _operation(
        name,
        {JSON: referred(answer)},
        (*USUAL, *SENT, *errors),
        requestBody=body,
        parameters=query,
    )


def _predict_query() -> list[Schema]:
    top = {"type": "integer", "minimum": 1, "maximum": 9999, "default": 1}
    return [_parameter("top", top), _confidence(), _parameter("images", FLAG)]


def _read_query() -> list[Schema]:
    turn = {"enum": list(get_args(Turn)), "default": "auto"}
    flags = (_parameter(name, FLAG) for name in ("handwritten", "cells", "pictures"))
    return [_parameter("rotate", turn), _confidence(), *flags]


def _confidence() -> Schema:
    return _parameter("min_confidence", {"type": "number", "minimum": 0, "maximum": 1})


def _parameter(name: str, schema: Schema, place: str = "query") -> Schema:
    return {"name": name, "in": place, "schema": schema}


def _collected(labels: Sequence[str]) -> dict[str, Schema]:
    """Return the fields of a picture that is kept: its label, and which part of a page it is."""
    return {
        PICTURE: FILE,
        "label": {"enum": list(labels)},
        "page": {"type": "integer", "minimum": 1, "maximum": 10**MOST_DIGITS - 1},
        "box": TEXT
        | {"pattern": rf"^\d{{1,{MOST_DIGITS}}}(,\d{{1,{MOST_DIGITS}}}){{{SIDES - 1}}}$"},
        "rotated": {"enum": list(get_args(Turn)[1:])},
    }
