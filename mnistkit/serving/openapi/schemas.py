"""The values that the server takes and answers with, as JSON Schema."""

from __future__ import annotations

from typing import Any

from mnistkit.core.arrays import IMAGE_SHAPE
from mnistkit.core.models.onnx_file import INPUT, OUTPUT
from mnistkit.serving.tensors import DATATYPE, OUTPUT_DATATYPE

Schema = dict[str, Any]

PIXELS = IMAGE_SHAPE[0] * IMAGE_SHAPE[1]


def referred(name: str) -> Schema:
    """Return a reference to one of `SCHEMAS`."""
    return {"$ref": f"#/components/schemas/{name}"}


def record(required: Schema, optional: Schema | None = None) -> Schema:
    """Return the schema of an object with these fields and no others."""
    return {
        "type": "object",
        "properties": required | (optional or {}),
        "required": list(required),
        "additionalProperties": False,
    }


def listed(items: Schema, count: int | None = None) -> Schema:
    """Return the schema of a list, of a number of items if it is known."""
    exactly = {} if count is None else {"minItems": count, "maxItems": count}
    return {"type": "array", "items": items} | exactly


def of_type(name: str) -> Schema:
    """Return the schema of a value that may be null."""
    return {"type": [name, "null"]}


TEXT, WHOLE, FLAG = {"type": "string"}, {"type": "integer"}, {"type": "boolean"}
CONFIDENCE = {"type": ["number", "null"], "minimum": 0, "maximum": 1}
BYTE = {"type": "integer", "minimum": 0, "maximum": 255}
RANKED = {"label": of_type("string"), "confidence": CONFIDENCE}

_PREDICTED = record(
    {"source": TEXT, **RANKED, "probabilities": {"type": ["array", "null"], "items": CONFIDENCE}},
    {
        "uncertain": {"const": True},
        "top": listed(record(RANKED)),
        "image": {
            "description": "As the model sees it; null of a picture without ink.",
            "type": ["array", "null"],
            "items": BYTE,
            "minItems": PIXELS,
            "maxItems": PIXELS,
        },
    },
)
_FAILED = record({"source": TEXT, "error": TEXT})
_DIGIT = record(
    {"label": of_type("string"), "confidence": CONFIDENCE, "box": listed(WHOLE, 4)},
    {"printed": {"const": True}},
)
_PAGE = record(
    {
        "source": TEXT,
        "rotated": {"enum": [0, 90, 180, 270]},
        "size": listed(WHOLE, 2),
        "lines": listed(record({"text": TEXT, "digits": listed(_DIGIT)})),
    },
    {"cells": listed(listed(TEXT)), "picture": TEXT},
)


def _parameters(**known: Schema) -> Schema:
    # Those of extensions that would change the answer's form.
    refused = {"classification": False, "shared_memory_region": False}
    return {"type": "object", "properties": refused | known}


_INPUT = {
    "type": "object",
    "properties": {
        "name": {"const": INPUT},
        "datatype": {"const": DATATYPE},
        "shape": listed(WHOLE, 1 + len(IMAGE_SHAPE))
        | {"prefixItems": [WHOLE | {"minimum": 1}, *({"const": side} for side in IMAGE_SHAPE)]},
        "data": {
            "description": "The pixels, bright ink on black, flat or nested as the shape is.",
            "type": "array",
            "items": {"anyOf": [BYTE, {"type": "array"}]},
            "minItems": 1,
        },
        "parameters": _parameters(),
    },
    "required": ["name", "datatype", "shape", "data"],
}
_WANTED = {
    "type": "object",
    "properties": {"name": {"const": OUTPUT}, "parameters": _parameters(binary_data=FLAG)},
    "required": ["name"],
}
_TENSOR = {"name": TEXT, "datatype": {"enum": [DATATYPE, OUTPUT_DATATYPE]}, "shape": listed(WHOLE)}

SCHEMAS: dict[str, Schema] = {
    "Error": {"type": "object", "properties": {"error": TEXT}, "required": ["error"]},
    "Server": record({"name": TEXT, "version": TEXT, "extensions": listed(TEXT)}),
    "Live": record({"live": FLAG}),
    "Ready": record({"live": FLAG, "ready": FLAG}),
    "ModelReady": record({"name": TEXT, "ready": FLAG}),
    "Model": record(
        {
            "name": TEXT,
            "platform": TEXT,
            "inputs": listed(record(_TENSOR), 1),
            "outputs": listed(record(_TENSOR), 1),
        }
    ),
    "Request": {
        "type": "object",
        "properties": {
            "id": of_type("string"),
            "inputs": listed(_INPUT, 1),
            "outputs": {"type": ["array", "null"], "items": _WANTED, "maxItems": 1},
            "parameters": _parameters(binary_data_output=FLAG),
        },
        "required": ["inputs"],
    },
    "Inference": record(
        {"model_name": TEXT, "outputs": listed(record(_TENSOR, {"data": listed(CONFIDENCE)}), 1)},
        {"id": TEXT},
    ),
    "Predictions": record(
        {
            "model": TEXT,
            "class_names": listed(TEXT),
            "predictions": listed({"anyOf": [_PREDICTED, _FAILED]}),
        },
        {"error": TEXT},
    ),
    "Pages": record(
        {"reader": TEXT, "pages": listed({"anyOf": [_PAGE, _FAILED]})}, {"error": TEXT}
    ),
    "Collected": record({"label": TEXT, "new": FLAG, "collected": WHOLE}),
    "Settings": record(
        {
            "version": TEXT,
            "model": TEXT,
            "class_names": listed(TEXT),
            "reader": TEXT,
            "collects": FLAG,
            "no_digit": TEXT,
            "limits": record({"body_bytes": WHOLE, "pixels": WHOLE, "images": WHOLE}),
        }
    ),
}
"""By their names in the description."""
