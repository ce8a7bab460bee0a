"""How fast `mnistkit serve` answers, and what 10,000 requests with malformed ones come to.

    python tests/benchmarks/serving.py [MODEL] [--seconds N] [--rounds N]

Requests of one image in JSON over 32 connections, by wrk where it is installed, else by a client in
this process, which takes a good part of two cores. Bounds: 0.5x of what bare onnxruntime does with
single images, 99 % of answers within 50 ms, the first answer within 1.5 s of the start, that to a
picture as large as the page's canvas within 100 ms, which leaves out the browser. Then 10,000
requests, 1 of 20 malformed: each good one has to be right, each malformed one a 4xx, and the memory
to stay.
"""

from __future__ import annotations

import argparse
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import onnxruntime
from measuring import bare_rate
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from as_files import encoded
from served import INFER, Server, load, memory_of, serving, tensor

from mnistkit.core.models.choice import choose
from mnistkit.data.loading import load_split
from mnistkit.fetching.store import Store
from mnistkit.prediction.opening import open_served

CONNECTIONS = 32
RATIO, P99_MS, START_SECONDS = 0.5, 50, 1.5
# Over the images, in onnxruntime alone.
PASSES = 20
# Pixels of a side of the page's canvas, and how often it is sent.
DRAWN_SIDE, DRAWINGS, DRAWING_MS = 560, 100, 100
REQUESTS, EVERY = 10_000, 20
TOLERANCE = 1e-5
# Of the memory after a tenth of the requests.
GROWTH = 1.1

SCRIPT = """
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local file = io.open("%s")
wrk.body = file:read("*a")
file:close()
"""
MALFORMED = (
    b"",
    b"{",
    b'{"inputs": []}',
    b"\xff\xfe" * 400,
    b'{"inputs": [{"name": "image", "shape": [1, 28, 28], "datatype": "UINT8", "data": [1]}]}',
    b"[" * 5000,
)


def main() -> None:
    """Print the figures with their bounds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("model", nargs="?", default="bundled")
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    images = load_split("mnist-sample", "test", Store()).images
    exported = str(open_served(choose(arguments.model).path).path)
    began = time.perf_counter()
    with serving("--model", arguments.model, quiet=False, stderr=subprocess.DEVNULL) as server:
        path = INFER.replace("bundled", server.get("/settings").json["model"])
        assert server.infer(tensor(images[:1]), path).status == 200
        first = time.perf_counter() - began
        print(f"first answer {first:.2f} s after the start, {verdict(first <= START_SECONDS)}")
        measure_drawing(server, images[0])
        measure_rate(server, exported, images, arguments.seconds, arguments.rounds)
        if path == INFER:
            measure_flood(server, exported, images)


def verdict(met) -> str:
    """Return the word for a bound."""
    return "met" if met else "MISSED"


def measure_drawing(server: Server, image) -> None:
    """Print how long a picture from the page takes, sent again and again."""
    drawn = encoded(Image.fromarray(255 - image).resize((DRAWN_SIDE, DRAWN_SIDE)))
    seconds = []
    for _ in range(DRAWINGS):
        began = time.perf_counter()
        reply = server.send("/predict?images=true", {"drawn.png": drawn})
        seconds.append(time.perf_counter() - began)
        assert reply.status == 200
    p95 = 1000 * float(np.percentile(seconds, 95))
    print(f"95 % of drawings within {p95:.1f} ms, {verdict(p95 <= DRAWING_MS)}")


def measure_rate(server: Server, exported: str, images, seconds: int, rounds: int) -> None:
    """Print the rates of both in turn, and the ratio of the best of each: all else is noise."""
    body = json.dumps(tensor(images[:1])).encode()
    bare, served = 0.0, (0.0, 0.0)
    for _ in range(rounds):
        bare = max(bare, bare_rate(exported, np.tile(images, (PASSES, 1, 1)), 1))
        served = max(served, rate_of(server, body, seconds))
    (rate, p99), ratio = served, served[0] / bare
    print(f"served {rate:,.0f} images/s, bare onnxruntime {bare:,.0f}: {ratio:.2f}x")
    fast, soon = verdict(ratio >= RATIO), verdict(p99 <= P99_MS)
    print(f"at least {RATIO}x: {fast}; 99 % within {p99:.1f} ms, at most {P99_MS}: {soon}")


def rate_of(server: Server, body: bytes, seconds: int) -> tuple[float, float]:
    """Return requests a second, and the milliseconds in which 99 % are answered."""
    if shutil.which("wrk"):
        return rate_by_wrk(server, body, seconds)
    found = load(server.place, [body] * 1000 * seconds, CONNECTIONS)
    assert {status for status, _ in found.replies} == {200}
    return len(found.replies) / found.seconds, 1000 * float(np.percentile(found.latencies, 99))


def rate_by_wrk(server: Server, body: bytes, seconds: int) -> tuple[float, float]:
    """As `rate_of`, measured by wrk."""
    with tempfile.TemporaryDirectory() as folder:
        request, script = Path(folder, "body.json"), Path(folder, "post.lua")
        request.write_bytes(body)
        script.write_text(SCRIPT % request)
        command = ["wrk", "-t", "1", "-c", str(CONNECTIONS), "-d", f"{seconds}s", "--latency"]
        url = f"{server.url}{INFER}"
        printed = subprocess.run(
            [*command, "-s", str(script), url], check=True, capture_output=True, text=True
        ).stdout
    assert "Non-2xx" not in printed, printed
    number, unit = re.search(r"99%\s+([\d.]+)(us|ms|s)", printed).groups()
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", printed)[1])
    return rate, float(number) * {"us": 0.001, "ms": 1, "s": 1000}[unit]


def measure_flood(server: Server, exported: str, images) -> None:
    """Print what became of many requests, some of them malformed."""
    session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    expected = session.run(None, {"image": images})[0]
    good = [json.dumps(tensor(image[np.newaxis])).encode() for image in images]
    bodies = [
        MALFORMED[number // EVERY % len(MALFORMED)]
        if number % EVERY == 0
        else good[number % len(good)]
        for number in range(REQUESTS)
    ]
    load(server.place, bodies[: REQUESTS // 10], CONNECTIONS)
    before = memory_of(server.process.pid)
    found = load(server.place, bodies, CONNECTIONS)
    after = memory_of(server.process.pid)
    wrong = sum(
        not right(number, status, body, expected)
        for number, (status, body) in enumerate(found.replies)
    )
    print(f"{REQUESTS:,} requests, 1 of {EVERY} malformed: {wrong:,} wrong, {verdict(not wrong)}")
    growth = f"{before / 1e6:.0f} MB before, {after / 1e6:.0f} MB behind them"
    print(f"memory {growth}, {verdict(after <= GROWTH * before)}")


def right(number: int, status: int, body: bytes, expected) -> bool:
    """Return whether a reply is what its request has to get."""
    if number % EVERY == 0:
        return 400 <= status < 500 and set(json.loads(body)) == {"error"}
    rows = json.loads(body)["outputs"][0]["data"] if status == 200 else []
    return np.allclose(rows, expected[number % len(expected)], atol=TOLERANCE)


if __name__ == "__main__":
    main()
