"""Strangers' words over HTTP: JSON in the answer, and a clean line in the server's log."""

from __future__ import annotations

import json
from urllib.parse import quote

import pytest
from served import INFER, JSON, raw, tensor
from strangers import HOSTILE, PRINTED, assert_clean

WORDS = HOSTILE.replace("\ud800", "") + PRINTED
# What a header and a name in a form may hold, sent as the bytes they are.
LINE = WORDS.translate({ord(character): None for character in '\n\r\0"\u2028\u2029\x85'})
PATH = quote(WORDS, safe="")


@pytest.fixture(scope="module")
def logged(start, tmp_path_factory):
    """A server that collects, and its log."""
    folder = tmp_path_factory.mktemp("logged")
    with (folder / "log").open("wb") as log:
        words = ("--collect", folder / "collected", "--max-images", 20)
        with start(*words, stderr=log, quiet=False) as server:
            yield server, folder / "log"


def sent(server, seven, images):
    """Every place of a request that takes a text, with a hostile one; the answers."""
    good = tensor(images[:1])
    for changes in ({"name": WORDS}, {"datatype": WORDS}, {"shape": [WORDS]}, {"data": [WORDS]}):
        yield server.infer(tensor(images[:1], **changes))
    yield server.infer(good | {"outputs": [{"name": WORDS}]})
    yield server.infer(good | {"id": WORDS, WORDS: WORDS})
    yield server.infer(good, f"/v2/models/{PATH}/infer")
    yield server.infer(good, f"{INFER}/{PATH}")
    yield server.get(f"/{PATH}")
    yield server.get(f"/v2/models/bundled?{PATH}={PATH}")
    yield server.ask("POST", f"/predict?top={PATH}&{PATH}=1", seven, {"Content-Type": "image/png"})
    yield server.ask("POST", INFER, WORDS.encode(), JSON)
    yield server.ask("POST", INFER, json.dumps(good), {"Content-Type": LINE.encode()})
    yield server.get("/v2", {"X-Forwarded-For": LINE.encode(), "User-Agent": LINE.encode()})
    for path in ("/predict", "/read", "/collect"):
        for content in (seven, b"no picture"):
            yield server.send(path, {LINE: content}, {"label": WORDS, "feedback": WORDS})
            yield server.send(path, {LINE: content}, {LINE: WORDS})


def test_no_text_of_a_client_is_more_than_text(logged, seven, sample):
    server, log = logged
    replies = [*sent(server, seven, sample.images)]
    for reply in replies:
        assert reply.status < 500, reply.body
        assert reply.headers["Content-Type"] == "application/json"
        parsed = reply.json
        if reply.status >= 400:
            assert len(parsed["error"].splitlines()) == 1
        assert not {"\n", "\r", "\x1b"}.intersection("".join(reply.headers.values()))
    assert 200 in {reply.status for reply in replies}
    assert {400, 404} <= {reply.status for reply in replies}
    assert_clean(log.read_bytes())
    # Nothing was kept under a label that the model does not have.
    kept = [path for path in (log.parent / "collected").rglob("*") if path.suffix == ".png"]
    assert kept == []


@pytest.mark.parametrize(
    "method", [b"\x1b[31mGET", "GE\N{RIGHT-TO-LEFT OVERRIDE}T".encode(), b"<script>"]
)
def test_a_method_is_refused_and_its_line_is_clean(logged, method):
    server, log = logged
    answer = raw(server, method + b" / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 4")
    assert b"<script>" not in answer
    assert_clean(log.read_bytes())


def test_the_metrics_name_no_path_of_a_client(logged):
    server, _ = logged
    server.get(f"/{PATH}")
    assert_clean(server.get("/metrics").body)
    assert b"forged" not in server.get("/metrics").body
