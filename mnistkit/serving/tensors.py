"""The tensors of the Open Inference Protocol: images from requests, probabilities in replies.

Reference:
    Open Inference Protocol, version 2, REST, and Triton's binary tensor data extension.
"""

from __future__ import annotations

import math
import reprlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
import orjson

from mnistkit.core.arrays import IMAGE_SHAPE, Images, Probabilities
from mnistkit.core.models.onnx_file import INPUT, OUTPUT
from mnistkit.serving.replies import RequestError

DATATYPE, OUTPUT_DATATYPE = "UINT8", "FP32"
BINARY_SIZE, BINARY, ALL_BINARY = "binary_data_size", "binary_data", "binary_data_output"
# Parameters that would change the answer's form, of extensions that this server has not.
UNSUPPORTED = frozenset({"classification", "shared_memory_region"})


@dataclass(frozen=True)
class InferRequest:
    """A request for inference.

    Args:
        images: uint8 (n, 28, 28).
        id: The client's name for it; None without one.
        binary: Whether the probabilities are sent in binary.
    """

    images: Images
    id: str | None
    binary: bool


def parse(body: bytes, header_length: int | None, most: int) -> InferRequest:
    """Return the request in a body.

    Args:
        body: JSON, and binary tensors behind it.
        header_length: Bytes of JSON; None for all.
        most: Images of a request.

    Raises:
        RequestError: It is not one.
    """
    if header_length is not None and header_length > len(body):
        raise _bad(f"a JSON header of {header_length:,} bytes", f"{len(body):,} bytes")
    binary = b"" if header_length is None else body[header_length:]
    request = _object(_json(body if header_length is None else body[:header_length]), "a request")
    inputs = request.get("inputs")
    if not isinstance(inputs, list) or len(inputs) != 1:
        raise _bad(f"the one input `{INPUT}` in `inputs`", _told(inputs))
    images = _images(_object(inputs[0], "an input"), binary, most)
    name = request.get("id")
    if name is not None and not isinstance(name, str):
        raise _bad("an `id` in text", _told(name))
    return InferRequest(images, name, _wants_binary(request))


def _json(text: bytes) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise RequestError(
            400, f"expected a request in JSON, received something else ({error})"
        ) from error


def _images(tensor: dict[str, Any], binary: bytes, most: int) -> Images:
    """Return the images of the one input."""
    if tensor.get("name") != INPUT:
        raise _bad(f"the input `{INPUT}`", _told(tensor.get("name")))
    if tensor.get("datatype") != DATATYPE:
        raise _bad(f"the datatype {DATATYPE}", _told(tensor.get("datatype")))
    shape = _shape(tensor.get("shape"), most)
    size = _parameters(tensor).get(BINARY_SIZE)
    if size is None and binary:
        raise _bad(f"no bytes behind the JSON without `{BINARY_SIZE}`", f"{len(binary):,}")
    values = _values(tensor, shape) if size is None else _binary(binary, size)
    if len(values) != math.prod(shape):
        raise _bad(f"{math.prod(shape):,} values for the shape {shape}", f"{len(values):,}")
    pixels = values if isinstance(values, bytes) else _as_bytes(values)
    return np.frombuffer(pixels, np.uint8).reshape(shape)


def _shape(shape: Any, most: int) -> list[int]:
    match shape:
        case [int(count), int(height), int(width)] if (
            (height, width) == IMAGE_SHAPE and not isinstance(count, bool) and count > 0
        ):
            if count > most:
                raise RequestError(
                    413, f"expected at most {most:,} images in a request, received {count:,}"
                )
            return [count, *IMAGE_SHAPE]
    raise _bad("the shape [n, 28, 28], n at least 1", _told(shape))


def _values(tensor: dict[str, Any], shape: Sequence[int]) -> list[Any]:
    """Return the values of a tensor in JSON as one list; they may be nested as its shape is."""
    values = tensor.get("data")
    if not isinstance(values, list):
        raise _bad("`data`, a list of values", _told(values))
    if not values or not isinstance(values[0], list):
        return values
    for size in shape[1:]:
        if not all(isinstance(each, list) and len(each) == size for each in values):
            raise _bad(f"lists nested as the shape {list(shape)} is", "others")
        values = list(chain.from_iterable(values))
    return values


def _as_bytes(values: list[Any]) -> bytes:
    try:
        # `true` is an integer to Python, and a list of one type is quickly seen to be one.
        if set(map(type, values)) <= {int}:
            return bytes(values)
    except ValueError:
        pass
    raise _bad("integers from 0 to 255", "other values")


def _binary(binary: bytes, size: Any) -> bytes:
    if isinstance(size, bool) or not isinstance(size, int) or size != len(binary):
        raise _bad(f"{len(binary):,} as `{BINARY_SIZE}`, which follow the JSON", _told(size))
    return binary


def _wants_binary(request: dict[str, Any]) -> bool:
    """Return whether the one output is asked for in binary."""
    every = _flag(_parameters(request), ALL_BINARY, default=False)
    outputs = request.get("outputs")
    if outputs is None or outputs == []:
        return every
    if not isinstance(outputs, list) or len(outputs) != 1:
        raise _bad(f"the one output `{OUTPUT}` in `outputs`", _told(outputs))
    output = _object(outputs[0], "an output")
    if output.get("name") != OUTPUT:
        raise _bad(f"the output `{OUTPUT}`", _told(output.get("name")))
    return _flag(_parameters(output), BINARY, default=every)


def _parameters(holder: dict[str, Any]) -> dict[str, Any]:
    parameters = _object(holder.get("parameters", {}), "`parameters`")
    unsupported = UNSUPPORTED & parameters.keys()
    if unsupported:
        raise _bad("parameters of the binary tensor data extension", min(unsupported))
    return parameters


def _flag(parameters: dict[str, Any], name: str, *, default: bool) -> bool:
    value = parameters.get(name, default)
    if not isinstance(value, bool):
        raise _bad(f"true or false as `{name}`", _told(value))
    return value


def _object(value: Any, what: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _bad(f"{what} as a JSON object", _told(value))
    return value


def _told(value: Any) -> str:
    return "none" if value is None else reprlib.repr(value)


def _bad(expected: str, received: str) -> RequestError:
    return RequestError(400, f"expected {expected}, received {received}")


def output_of(rows: Probabilities, *, binary: bool) -> tuple[dict[str, Any], bytes]:
    """Return the output for probabilities, and the bytes behind the JSON.

    Args:
        rows: float32 (n, classes).
        binary: Whether the values are in the bytes.
    """
    output: dict[str, Any] = {
        "name": OUTPUT,
        "datatype": OUTPUT_DATATYPE,
        "shape": list(rows.shape),
    }
    if not binary:
        return output | {"data": np.ascontiguousarray(rows).ravel()}, b""
    content = rows.astype("<f4", copy=False).tobytes()
    return output | {"parameters": {BINARY_SIZE: len(content)}}, content
