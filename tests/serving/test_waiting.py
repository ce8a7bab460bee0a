"""What does not come is not waited for, and what nobody takes is given up."""

from __future__ import annotations

import socket
import subprocess
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from served import INFER, PATIENCE, raw, wait_until

from mnistkit.serving import bodies, connection


@pytest.fixture
def impatient(start):
    """A server that waits a second for what is to come, and takes three connections."""
    program = (
        "from mnistkit.serving import bodies, connection\n"
        "bodies.PART_SECONDS = connection.HEAD_SECONDS = connection.ANSWER_SECONDS = 1.0\n"
        "connection.MOST_CONNECTIONS = 3\n"
        "from mnistkit.cli.app import main\n"
        "main()\n"
    )
    with start(program=program, stderr=subprocess.DEVNULL) as server:
        yield server


def test_what_does_not_come_is_not_waited_for(impatient):
    assert bodies.PART_SECONDS == connection.HEAD_SECONDS == 20
    assert raw(impatient, b"GET /v2 HTTP/1.1\r\n") == b""
    head = f"POST {INFER} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    received = raw(impatient, f"{head}Content-Length: 100\r\n\r\n{{".encode())
    assert received.startswith(b"HTTP/1.1 408 ")


def test_an_answer_that_nobody_takes_is_given_up(impatient):
    asked, some = b"GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n", 20_000
    with socket.create_connection(impatient.place, timeout=PATIENCE) as connected:
        sender = threading.Thread(target=_send_all, args=(connected, some * asked))
        sender.start()
        assert impatient.place[1] in _connected_ports(impatient.process.pid, connected)
        # Whatever is in the buffers on its way, the server's end of the connection is gone.
        wait_until(
            lambda: impatient.place[1] not in _connected_ports(impatient.process.pid, connected)
        )
        connected.close()
        sender.join()
    assert impatient.get("/v2").status == 200


def _send_all(connected, content):
    with suppress(OSError):
        connected.sendall(content)


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
