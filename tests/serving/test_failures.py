"""A failure of the server's own is told in its log; its clients are told that there was one."""

from __future__ import annotations

import json
from dataclasses import replace
from ipaddress import ip_address

import numpy as np
import own_loop
import pytest
from served import INFER, tensor

from mnistkit.core.models.choice import choose
from mnistkit.errors import ModelError
from mnistkit.serving.addresses import OwnNames
from mnistkit.serving.app import make_app
from mnistkit.serving.batching import Batcher
from mnistkit.serving.service import open_service
from mnistkit.serving.settings import Access, Batching, Limits, ServeSettings

OWN = OwnNames(frozenset({"localhost"}), ip_address("127.0.0.1"))
ONE_BY_ONE = Batching(1, 0.0)
PLACE = ("127.0.0.1", 0, 1)


@pytest.fixture(scope="module")
def service():
    """What a server of the bundled model answers with."""
    model = choose("bundled").path
    opened = open_service(
        ServeSettings(model, "bundled", *PLACE, ONE_BY_ONE, Access(), Limits(), None)
    )
    yield opened
    opened.close()


async def answer(app, body):
    """The status and the body of an application's one answer to a request for inference."""
    scope = {"type": "http", "method": "POST", "path": INFER, "raw_path": INFER.encode()}
    scope |= {"headers": [(b"host", b"localhost")], "query_string": b"", "root_path": ""}
    sent = []

    async def receive():
        return {"type": "http.request", "body": body}

    async def send(message):
        sent.append(message)

    await app(scope, receive, send)
    start, content = sent
    return start["status"], content["body"]


@pytest.mark.parametrize(
    ("error", "told", "logged"),
    [
        (ModelError("the file is damaged"), "the model failed", "the file is damaged"),
        (ValueError("secret\nmore"), "this is a defect", "unexpected ValueError: secret"),
    ],
    ids=["model", "defect"],
)
def test_what_fails_is_logged_in_one_line_that_no_client_sees(service, caplog, error, told, logged):
    def fail(_images):
        raise error

    batcher = Batcher(fail, ONE_BY_ONE, 10, 1, lambda _images: None)
    body = json.dumps(tensor(np.zeros((1, 28, 28), np.uint8))).encode()

    status, content = own_loop.run(answer(make_app(replace(service, batcher=batcher), OWN), body))

    batcher.close()
    assert status == 500
    assert told in json.loads(content)["error"]
    assert logged.encode() not in content
    assert caplog.messages == [logged]
