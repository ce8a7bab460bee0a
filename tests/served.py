"""A server in a process of its own, on loopback, and requests to it over plain sockets."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import own_loop

INFER = "/v2/models/bundled/infer"
JSON = {"Content-Type": "application/json"}
BOUNDARY = "a-boundary-of-forms"
# Seconds: other processes may have all cores.
PATIENCE = 120
# Seconds in which a server ends gracefully that has nothing more to answer.
ENDING = 10


@dataclass(frozen=True)
class Reply:
    """The answer to a request."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def error(self):
        """What is wrong, of an error in the form of the protocol."""
        (line,) = self.json["error"].splitlines()
        assert self.status >= 400
        return line


@dataclass(frozen=True)
class Server:
    """A running server."""

    process: subprocess.Popen
    url: str

    @property
    def place(self):
        """Its host and port."""
        parts = urlsplit(self.url)
        return parts.hostname, parts.port

    def connect(self):
        return http.client.HTTPConnection(*self.place, timeout=PATIENCE)

    def ask(self, method, path, body=None, headers=None):
        connection = self.connect()
        try:
            connection.request(method, path, body, headers or {})
            reply = connection.getresponse()
            return Reply(reply.status, reply.headers, reply.read())
        finally:
            connection.close()

    def get(self, path, headers=None):
        return self.ask("GET", path, None, headers)

    def infer(self, request, path=INFER):
        return self.ask("POST", path, json.dumps(request), JSON)

    def send(self, path, pictures, texts=(), headers=None):
        """Send a form: pictures by their names, and texts."""
        body, kind = form(pictures, dict(texts))
        return self.ask("POST", path, body, {"Content-Type": kind, **(headers or {})})

    def metric(self, name):
        """The value of a metric as it stands in the text, 0 before it is counted."""
        lines = self.get("/metrics").body.decode().splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    def end(self, number=signal.SIGTERM):
        """Send a signal; return the exit code."""
        self.process.send_signal(number)
        return self.process.wait(PATIENCE)


def form(pictures: Mapping[str, bytes], texts: Mapping[str, str]) -> tuple[bytes, str]:
    """The body of a form and its type."""
    parts = [
        f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{text}\r\n'.encode()
        for name, text in texts.items()
    ]
    for name, content in pictures.items():
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="picture"; filename="{name}"'
        parts.append(f"{head}\r\n\r\n".encode() + content + b"\r\n")
    return b"".join([*parts, f"--{BOUNDARY}--\r\n".encode()]), (
        f"multipart/form-data; boundary={BOUNDARY}"
    )


@contextmanager
def serving(
    *words: object, quiet: bool = True, program: str | None = None, **options
) -> Iterator[Server]:
    """Run `mnistkit serve` on a free port with these words; takes options of `Popen`.

    A program may change mnistkit before it runs it.
    """
    run = ["-m", "mnistkit"] if program is None else ["-c", program]
    command = [sys.executable, *run, *["--quiet"] * quiet, "serve", "--port", "0"]
    process = subprocess.Popen(
        [*command, *map(str, words)], stdout=subprocess.PIPE, text=True, **options
    )
    with process:
        try:
            url = process.stdout.readline().strip()
            assert url, "the server ended before it began"
            yield Server(process, url)
        finally:
            end(process)


def end(process: subprocess.Popen) -> None:
    """End a server as its user would, by force if it does not go."""
    process.terminate()
    with suppress(subprocess.TimeoutExpired):
        process.wait(ENDING)
    process.kill()


def tensor(images, **changes):
    """A request for inference in JSON."""
    shape = list(images.shape)
    values = images.ravel().tolist()
    first = {"name": "image", "shape": shape, "datatype": "UINT8", "data": values} | changes
    return {"inputs": [first]}


def raw(server, *parts, wait=0.0):
    """Send bytes over a socket, part by part; return all that comes back until it is closed."""
    with socket.create_connection(server.place, timeout=PATIENCE) as connected:
        for part in parts:
            connected.sendall(part)
            time.sleep(wait)
        received = b""
        while piece := connected.recv(65536):
            received += piece
        return received


def wait_until(holds: Callable[[], object]) -> None:
    """Wait until something holds, as long as patience lasts."""
    until = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < until
        time.sleep(0.05)


@dataclass
class Load:
    """What a number of requests came to."""

    seconds: float
    latencies: list[float]
    replies: list[tuple[int, bytes]]


def load(place: tuple[str, int], bodies: Sequence[bytes], connections: int = 32) -> Load:
    """Send bodies for inference over connections that are kept, as fast as they are answered."""
    return own_loop.run(_load(place, bodies, connections))


async def _load(place, bodies, connections):
    found = Load(0.0, [0.0] * len(bodies), [(0, b"")] * len(bodies))
    waiting = iter(enumerate(bodies))
    began = time.perf_counter()
    await asyncio.gather(*(_client(place, waiting, found) for _ in range(connections)))
    found.seconds = time.perf_counter() - began
    return found


async def _client(place, waiting, found):
    reader, writer = await asyncio.open_connection(*place)
    head = f"POST {INFER} HTTP/1.1\r\nHost: {place[0]}:{place[1]}\r\nContent-Length: "
    for number, body in waiting:
        began = time.perf_counter()
        writer.write(f"{head}{len(body)}\r\n\r\n".encode() + body)
        found.replies[number] = await _reply(reader)
        found.latencies[number] = time.perf_counter() - began
    writer.close()


async def _reply(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).lower()
    length = int(head.partition(b"content-length: ")[2].partition(b"\r\n")[0])
    return int(head[9:12]), await reader.readexactly(length)


def computing_of(process: int) -> float:
    """The seconds of processor that a process and its ended children took, on Linux."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")


def memory_of(process: int) -> int:
    """The bytes of memory that a process has, on Linux."""
    lines = Path(f"/proc/{process}/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmRSS"))
