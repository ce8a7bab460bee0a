"""What is too large, too slow or too much at once gets a clear answer."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
import time
from contextlib import suppress

import numpy as np
import pytest
from as_files import encoded, pages_encoded
from PIL import Image
from served import INFER, JSON, PATIENCE, form, load, memory_of, raw, tensor, wait_until

from mnistkit.serving.replies import RequestError
from mnistkit.serving.service import BoundedPool

BODY = 2**20


@pytest.fixture(scope="module")
def narrow(start):
    """A server with small limits."""
    limits = {"body": 1, "pixels": 1, "images": 20, "queue": 1, "seconds": 2}
    words = [word for name, limit in limits.items() for word in (f"--max-{name}", limit)]
    with start(*words, "--max-batch", 1, stderr=subprocess.DEVNULL) as server:
        yield server


def test_a_body_that_says_it_is_too_large_is_refused_before_it_is_sent(narrow):
    head = f"POST {INFER} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    received = raw(narrow, f"{head}Content-Length: {10**12}\r\n\r\n".encode())
    assert received.startswith(b"HTTP/1.1 413 ")
    assert b"at most 1 MiB" in received


def test_a_body_that_grows_too_large_is_not_kept(narrow):
    def parts():
        for _ in range(100):
            yield bytes(BODY)

    before = memory_of(narrow.process.pid)
    reply = narrow.ask("POST", INFER, parts(), JSON)
    assert reply.status == 413
    assert memory_of(narrow.process.pid) < before + 20 * BODY


@pytest.mark.parametrize("path", [INFER, "/predict", "/read"])
def test_a_compressed_body_is_refused(narrow, path):
    reply = narrow.ask("POST", path, b"x", {"Content-Encoding": "gzip"})
    assert reply.status == 415
    assert "compressed" in reply.error


def test_a_picture_of_too_many_pixels_is_refused_by_its_header(narrow, server):
    large = encoded(np.zeros((1001, 1000), np.uint8))
    for path in ("/predict", "/read"):
        reply = narrow.send(path, {"large.png": large})
        assert reply.status == 422
        assert reply.error.startswith("expected at most 1 million pixels, received 1000 x 1001")
        assert "million pixels" in server.send(path, {"a.png": encoded(HUGE)}).error


HUGE = np.zeros((10_000, 10_000), bool)


def test_too_many_pictures_are_refused(narrow, seven):
    reply = narrow.send("/predict", {f"{number}.png": seven for number in range(21)})
    assert reply.status == 413
    assert "at most 20 pictures" in reply.error


def test_too_many_pages_are_refused(server):
    small = Image.new("L", (20, 20), 255)
    reply = server.send("/read", {"long.tiff": pages_encoded([small] * 21, "TIFF")})
    assert reply.status == 413
    assert "at most 20 pages" in reply.error


def test_what_takes_too_long_is_given_up(narrow, page):
    reply = narrow.send("/read", {f"{number}.jpg": page for number in range(19)})
    assert reply.status == 504
    assert "within 2 s" in reply.error
    # What nobody waits for is not read: others soon have their turn.
    blank = {"blank.png": encoded(np.full((50, 50), 255, np.uint8))}
    wait_until(lambda: narrow.send("/read", blank).status == 200)


def test_a_full_queue_is_told_of_and_others_are_answered(narrow):
    images = np.zeros((20, 28, 28), np.uint8)
    body = json.dumps(tensor(images)).encode()
    found = load(narrow.place, [body] * 200)
    statuses = {status for status, _ in found.replies}
    assert statuses == {200, 503}
    refused = next(body for status, body in found.replies if status == 503)
    assert "try again" in json.loads(refused)["error"]
    assert narrow.infer(tensor(images)).status == 200


def test_more_pages_than_may_wait_are_refused_until_one_is_read():
    pool = BoundedPool(1, 2, "pages")
    with pool.admitted(2):
        with pytest.raises(RequestError, match="at most 2 pages") as caught, pool.admitted(1):
            pytest.fail("a third one waits")
        assert (caught.value.status, caught.value.headers) == (503, {"Retry-After": "1"})
    # A request that is larger than the queue is answered when nobody else waits.
    with pool.admitted(3):
        pool.close()


def test_a_client_that_stops_midway_is_let_go(server):
    body, kind = form({"a.png": b"x" * 1000}, {})
    head = f"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: {kind}\r\n"
    with socket.create_connection(server.place) as connected:
        connected.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body[:500])
    gone = 'mnistkit_requests_total{endpoint="/predict",status="499"}'
    wait_until(lambda: server.metric(gone))


def test_a_head_that_never_ends_is_refused(server):
    head = b"GET /v2 HTTP/1.1\r\nHost: localhost\r\n"
    lines = b"X-More: 0123456789012345678901234567890123456789\r\n" * 4000
    with socket.create_connection(server.place, timeout=PATIENCE) as connected:
        connected.sendall(head)
        with suppress(OSError):
            for _ in range(1000):
                connected.sendall(lines)
            pytest.fail("the server took 200 MB of a head")
    assert server.get("/v2").status == 200


def test_what_is_no_http_is_refused(server):
    received = raw(server, b"\xff" + os.urandom(10) + b"\r\n\r\n")
    assert received.startswith(b"HTTP/1.1 400 ")
    assert json.loads(received.partition(b"\r\n\r\n")[2]).keys() == {"error"}


def test_bodies_in_memory_are_bounded_together(narrow):
    # As large as four whole ones, of twelve that lack their last byte.
    head = f"POST {INFER} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    head = f"{head}Content-Length: {BODY}\r\n\r\n".encode()
    held = [socket.create_connection(narrow.place, timeout=PATIENCE) for _ in range(12)]
    try:
        senders = [
            threading.Thread(target=each.sendall, args=(head + bytes(BODY - 1),)) for each in held
        ]
        for sender in senders:
            sender.start()
        for sender in senders:
            sender.join()
        time.sleep(0.5)
        answers = [_answer_at_once(each) for each in held]
    finally:
        for each in held:
            each.close()
    refused = [answer for answer in answers if answer]
    assert refused
    assert all(answer.startswith(b"HTTP/1.1 503 ") for answer in refused)
    assert 8 <= len(refused) <= 9


def _answer_at_once(connected):
    connected.settimeout(0.2)
    try:
        return connected.recv(1000)
    except TimeoutError:
        return b""
