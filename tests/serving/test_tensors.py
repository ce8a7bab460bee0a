"""Requests for inference that are none: each is refused in one line."""

from __future__ import annotations

import json

import numpy as np
import pytest
from served import tensor

from mnistkit.serving import tensors
from mnistkit.serving.replies import RequestError

ONE = np.zeros((1, 28, 28), np.uint8)
FLAT = [0] * 784
MOST = 20


def binary(size, **changes):
    """A request whose values are behind the JSON."""
    request = tensor(ONE, parameters={"binary_data_size": size}, **changes)
    del request["inputs"][0]["data"]
    return request


def outputs(*asked, **parameters):
    return tensor(ONE) | {"outputs": list(asked), "parameters": parameters}


WRONG = {
    "nothing": b"",
    "no JSON": b"{",
    "no text": b"\xff\xfe\x00",
    "NaN": b'{"inputs": NaN}',
    "deep": b"[" * 100_000,
    "a list": [],
    "a number": 7,
    "no inputs": {},
    "inputs that are none": {"inputs": []},
    "inputs that are no list": {"inputs": {"image": 1}},
    "two inputs": {"inputs": tensor(ONE)["inputs"] * 2},
    "an input that is no object": {"inputs": ["image"]},
    "another input": tensor(ONE, name="images"),
    "no name": tensor(ONE, name=None),
    "another type": tensor(ONE, datatype="FP32"),
    "no shape": tensor(ONE, shape=None),
    "a short shape": tensor(ONE, shape=[28, 28]),
    "a long shape": tensor(ONE, shape=[1, 28, 28, 1]),
    "a flat shape": tensor(ONE, shape=[1, 784]),
    "no images": tensor(ONE, shape=[0, 28, 28], data=[]),
    "less than none": tensor(ONE, shape=[-1, 28, 28]),
    "a shape of fractions": tensor(ONE, shape=[1.0, 28, 28]),
    "a shape of truth": tensor(ONE, shape=[True, 28, 28]),
    "a shape of text": tensor(ONE, shape="1,28,28"),
    "too few values": tensor(ONE, data=FLAT[:-1]),
    "too many values": tensor(ONE, data=[*FLAT, 0]),
    "no values": tensor(ONE, data=None),
    "text": tensor(ONE, data="0" * 784),
    "values of text": tensor(ONE, data=["0"] * 784),
    "fractions": tensor(ONE, data=[0.5] * 784),
    "truth": tensor(ONE, data=[True] * 784),
    "null": tensor(ONE, data=[None] * 784),
    "negative values": tensor(ONE, data=[-1] * 784),
    "large values": tensor(ONE, data=[256] * 784),
    "huge values": tensor(ONE, data=[10**30] * 784),
    "mixed values": tensor(ONE, data=[*FLAT[:-1], []]),
    "lists of other lengths": tensor(ONE, data=[[[0] * 27] * 28]),
    "lists that are too deep": tensor(ONE, data=[[[[0]] * 28] * 28]),
    "lists that begin well": tensor(ONE, data=[[[0] * 28] * 27 + [7]]),
    "no bytes behind": binary(784),
    "a size of text": binary("784"),
    "a size of truth": binary(True),  # noqa: FBT003 - it is what is sent
    "an id that is no text": tensor(ONE) | {"id": 7},
    "another output": outputs({"name": "logits"}),
    "two outputs": outputs({"name": "probabilities"}, {"name": "probabilities"}),
    "outputs that are no list": tensor(ONE) | {"outputs": "probabilities"},
    "an output that is no object": outputs("probabilities"),
    "parameters that are no object": tensor(ONE) | {"parameters": []},
    "a flag that is none": outputs(binary_data_output="yes"),
    "classification": outputs({"name": "probabilities", "parameters": {"classification": 3}}),
    "shared memory": tensor(ONE, parameters={"shared_memory_region": "x"}),
}


@pytest.mark.parametrize("request_", WRONG.values(), ids=WRONG)
def test_what_is_no_request_is_refused_in_one_line(request_):
    body = request_ if isinstance(request_, bytes) else json.dumps(request_).encode()

    with pytest.raises(RequestError, match=r"^expected .*, received ") as caught:
        tensors.parse(body, None, MOST)

    assert caught.value.status == 400
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 300


def test_too_many_images_are_refused():
    with pytest.raises(RequestError, match=r"at most 20 images .* received 21") as caught:
        tensors.parse(json.dumps(tensor(np.zeros((21, 28, 28), np.uint8))).encode(), None, MOST)
    assert caught.value.status == 413


@pytest.mark.parametrize("behind", [783, 785])
def test_bytes_that_do_not_fit_the_shape_are_refused(behind):
    head = json.dumps(binary(behind)).encode()
    with pytest.raises(RequestError, match="784 values"):
        tensors.parse(head + bytes(behind), len(head), MOST)


def test_bytes_that_nobody_speaks_of_are_refused():
    head = json.dumps(tensor(ONE)).encode()
    with pytest.raises(RequestError, match="behind the JSON"):
        tensors.parse(head + b"more", len(head), MOST)


def test_bytes_behind_the_json_are_the_images(sample):
    images = sample.images[:3]
    head = json.dumps(binary(3 * 784, shape=[3, 28, 28])).encode()

    parsed = tensors.parse(head + images.tobytes(), len(head), MOST)

    assert np.array_equal(parsed.images, images)
    assert not parsed.binary


def test_what_one_output_asks_for_counts_more_than_what_all_do():
    asked = {"name": "probabilities", "parameters": {"binary_data": False}}
    body = json.dumps(outputs(asked, binary_data_output=True)).encode()

    assert not tensors.parse(body, None, MOST).binary
