"""Whether long hauls stay as they began: memory, throughput and descriptors.

    python tests/benchmarks/long_hauls.py [predict|read|serve ...] [--pictures N] [--pages N]
        [--minutes N]

100,000 pictures through `predict`, 1,000 pages through `read`, and `serve` under load, each fourth
request malformed. After the first 1,000 pictures, 100 pages or 1,000 requests memory may grow by a
tenth and 20 MB, the throughput of the last quarter has to be half of the first one's at least, and
the number of descriptors has to stay. It ends with 1 where one of them does not. Throughput is by
the seconds of processor that the process takes, which other programs do not change.
"""

from __future__ import annotations

import argparse
import itertools
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

from as_files import encoded
from served import INFER, computing_of, form, memory_of, serving, tensor

from mnistkit import assets
from mnistkit.data.loading import load_split
from mnistkit.fetching.store import Store

GROWTH, SLACK, SLOWEST = 1.1, 20e6, 0.5
SAMPLES = 40


@dataclass(frozen=True)
class Sample:
    """A process after so many answers: seconds since its start, and of processor that it took."""

    answers: int
    seconds: float
    processor: float
    memory: int
    descriptors: int


def sampled(process: int, answers: int, began: float) -> Sample:
    descriptors = len([*Path(f"/proc/{process}/fd").iterdir()])
    seconds = time.perf_counter() - began
    return Sample(answers, seconds, computing_of(process), memory_of(process), descriptors)


def verdict(name: str, samples: Sequence[Sample]) -> bool:
    """Print what the samples, of which the first is after the start, come to."""
    first, last = samples[0], samples[-1]
    quarter = max(len(samples) // 4, 1)
    early, late = rate(first, samples[quarter]), rate(samples[-1 - quarter], last)
    most = max(sample.memory for sample in samples)
    opened = sorted({sample.descriptors for sample in samples})
    print(
        f"{name}: {last.answers:,} answers in {last.seconds:,.0f} s; "
        f"memory {first.memory / 1e6:.0f} MB after {first.answers:,}, at most {most / 1e6:.0f}; "
        f"{early:.1f} a second of processor, in the last quarter {late:.1f}; "
        f"{opened[0]} to {opened[-1]} descriptors",
        flush=True,
    )
    steady = late >= SLOWEST * early and opened[-1] - opened[0] <= 2
    return steady and most <= GROWTH * first.memory + SLACK


def rate(before: Sample, after: Sample) -> float:
    return (after.answers - before.answers) / max(after.processor - before.processor, 0.01)


def haul(name: str, words: Sequence[str], count: int, start: int) -> bool:
    """Run a command that prints a record an input, and look at it now and then."""
    began = time.perf_counter()
    command = [sys.executable, "-m", "mnistkit", "--quiet", *words, "--format", "jsonl"]
    looks = {start, *range(start, count, max((count - start) // SAMPLES, 1)), count - 1}
    samples = []
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        for number, _ in enumerate(process.stdout, 1):
            if number in looks:
                samples.append(sampled(process.pid, number, began))
    assert process.returncode == 0
    assert number == count, f"{number} answers to {count} inputs"
    return verdict(name, samples)


def links(folder: Path, sources: Sequence[Path], count: int) -> str:
    """Fill a folder with names of the same files; return its path."""
    folder.mkdir()
    for number, source in zip(range(count), itertools.cycle(sources)):
        os.link(source, folder / f"{number:06}{source.suffix}")
    return str(folder)


def predict(folder: Path, asked: argparse.Namespace) -> bool:
    sources = []
    for number, image in enumerate(load_split("mnist-sample", "test", Store()).images):
        sources.append(folder / f"{number}.png")
        Image.fromarray(image).save(sources[-1])
    where = links(folder / "pictures", sources, asked.pictures)
    return haul("predict", ["predict", "--model", "bundled", where], asked.pictures, 1000)


def read(folder: Path, asked: argparse.Namespace) -> bool:
    page = folder / "page.jpg"
    page.write_bytes((Path(assets.__file__).parent / "examples" / page.name).read_bytes())
    where = links(folder / "pages", [page], asked.pages)
    return haul("read", ["read", where], asked.pages, min(100, asked.pages // 4))


def serve(_: Path, asked: argparse.Namespace) -> bool:
    """Send requests over several connections at once, as long as it was asked for."""
    began, counts = time.perf_counter(), [0] * 4
    until = began + asked.minutes * 60
    samples, wrong = [], []
    with serving("--model", "bundled") as server:
        clients = [
            threading.Thread(target=send, args=(server, until, counts, number, wrong))
            for number in range(len(counts))
        ]
        assert server.get("/v2/health/ready").status == 200
        idle = sampled(server.process.pid, 0, began).descriptors
        for client in clients:
            client.start()
        while time.perf_counter() < until and not wrong:
            time.sleep(min(asked.minutes * 60 / SAMPLES, 10))
            if sum(counts) >= 1000:
                samples.append(sampled(server.process.pid, sum(counts), began))
        for client in clients:
            client.join()
        time.sleep(1)
        samples.append(sampled(server.process.pid, sum(counts), began))
        assert server.get("/v2/health/ready").status == 200
    assert not wrong, wrong
    # While requests are under way, each has a descriptor.
    before, after = replace(samples[0], descriptors=idle), samples[-1].descriptors
    others = [replace(sample, descriptors=after) for sample in samples[1:]]
    return verdict("serve", [before, *others])


def requests():
    """What is sent: path, body, type, and the hundreds of the status, None for any but 5.

    Without a path, the bytes are all that is sent.
    """
    image = load_split("mnist-sample", "test", Store()).images[:1]
    good = json.dumps(tensor(image)).encode()
    picture, kind = form({"a.png": encoded(image[0])}, {})
    bad, _ = form({"a\x1b[31m.png": b"no picture"}, {})
    json_type = "application/json"
    sent = [
        (INFER, good, json_type, 2),
        ("/predict", picture, kind, 2),
        (INFER, good, json_type, 2),
    ]
    malformed = [
        (INFER, b"{", json_type, 4),
        (INFER, good[: len(good) // 2], json_type, 4),
        (INFER, b"[" * 100_000, json_type, 4),
        (INFER, b"\xff\xfe" * 400, json_type, 4),
        ("/v2/models/..%2f..%2fetc/infer", good, json_type, 4),
        ("/predict", picture[: len(picture) // 2], kind, 4),
        ("/predict", bad, kind, None),
        ("/no/such/\x1b[31m", b"", json_type, 4),
        ("", b"\x16\x03\x01 garbage\r\n\r\n", "", None),
        ("", b"POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n", "", None),
        ("", b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "", None),
    ]
    for number in itertools.count():
        yield from sent
        yield malformed[number % len(malformed)]


def send(server, until, counts, number, wrong):
    for path, body, kind, expected in requests():
        if time.perf_counter() > until or wrong:
            return
        try:
            if not path:
                with socket.create_connection(server.place, timeout=60) as connection:
                    connection.sendall(body)
                    connection.settimeout(0.2)
                    connection.recv(1000)
            else:
                headers = {"Content-Type": kind}
                status = server.ask("POST", path.replace("\x1b", "%1b"), body, headers).status
                if status // 100 == 5 or (expected and status // 100 != expected):
                    wrong.append((path, body[:60], status))
        except TimeoutError:
            pass
        except OSError as error:
            wrong.append((path, body[:60], error))
        counts[number] += 1


HAULS = {"predict": predict, "read": read, "serve": serve}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("hauls", nargs="*", choices=[*HAULS, []])
    parser.add_argument("--pictures", type=int, default=100_000)
    parser.add_argument("--pages", type=int, default=1000)
    parser.add_argument("--minutes", type=float, default=60)
    asked = parser.parse_args()
    steady = True
    for name in asked.hauls or HAULS:
        with tempfile.TemporaryDirectory() as folder:
            steady &= HAULS[name](Path(folder), asked)
    sys.exit(not steady)


if __name__ == "__main__":
    main()
