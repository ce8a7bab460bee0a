"""What does not come is not waited for, and what nobody takes is given up."""

from __future__ import annotations

import socket
import time
from pathlib import Path

import pytest
from served import INFER, PATIENCE, raw, wait_until

from mnistkit.serving import bodies, connection

ASKED = b"GET /v2 HTTP/1.1\r\nHost: localhost\r\n\r\n"
LARGE = ASKED.replace(b"/v2", b"/page.js")
CLOSING = LARGE.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")
# More than the buffers between a server and its client hold.
MANY = 600
# Bytes per second.
SLOWLY = 8e6


@pytest.fixture(scope="module")
def impatient(start, tmp_path_factory):
    """A server that waits a second for what is to come, and takes three connections.

    What its clients leave undone is no error of its own, to be logged.
    """
    program = (
        "from mnistkit.serving import bodies, connection\n"
        "bodies.PART_SECONDS = connection.HEAD_SECONDS = connection.ANSWER_SECONDS = 1.0\n"
        "connection.MOST_CONNECTIONS = 3\n"
        "from mnistkit.cli.app import main\n"
        "main()\n"
    )
    log = tmp_path_factory.mktemp("impatient") / "log"
    with log.open("w") as stderr, start(program=program, stderr=stderr) as server:
        yield server
    assert log.read_text() == ""


def test_what_does_not_come_is_not_waited_for(impatient):
    assert bodies.PART_SECONDS == connection.HEAD_SECONDS == 20
    assert raw(impatient, b"GET /v2 HTTP/1.1\r\n") == b""
    head = f"POST {INFER} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    received = raw(impatient, f"{head}Content-Length: 100\r\n\r\n{{".encode())
    assert received.startswith(b"HTTP/1.1 408 ")


def test_the_rest_of_a_later_head_is_not_waited_for(impatient):
    received = raw(impatient, ASKED, ASKED[:10], wait=0.2)
    assert received.count(b"HTTP/1.1 200 ") == 1


def test_an_answer_that_nobody_takes_is_given_up(impatient):
    assert connection.ANSWER_SECONDS == 300
    with socket.create_connection(impatient.place, timeout=PATIENCE) as connected:
        connected.sendall(MANY * LARGE)
        assert impatient.place[1] in _connected_ports(impatient.process.pid, connected)
        # Whatever is in the buffers on its way, the server's end of the connection is gone.
        wait_until(
            lambda: impatient.place[1] not in _connected_ports(impatient.process.pid, connected)
        )
    assert impatient.get("/v2").status == 200


def test_answers_that_are_taken_slowly_all_arrive(impatient):
    size = len(raw(impatient, CLOSING)) - len(b"connection: close\r\n")
    with socket.create_connection(impatient.place, timeout=PATIENCE) as connected:
        began = time.monotonic()
        connected.sendall(MANY * LARGE)
        left = MANY * size
        while left and (piece := connected.recv(2**16)):
            left -= len(piece)
            # Slower than the server, and all of them longer than it waits for one.
            time.sleep(len(piece) / SLOWLY)
        assert left == 0
        assert time.monotonic() - began > 1


def _connected_ports(process, connected):
    """The local ports of a server's open connections to this socket, on Linux."""
    lines = Path(f"/proc/{process}/net/tcp").read_text().splitlines()[1:]
    own = connected.getsockname()[1]
    open_ = "01"
    rows = (line.split() for line in lines)
    return {
        int(row[1].partition(":")[2], 16)
        for row in rows
        if row[3] == open_ and int(row[2].partition(":")[2], 16) == own
    }


def test_a_connection_too_many_is_refused(impatient):
    held = [socket.create_connection(impatient.place) for _ in range(3)]
    try:
        wait_until(lambda: raw(impatient).startswith(b"HTTP/1.1 503 "))
    finally:
        for each in held:
            each.close()
