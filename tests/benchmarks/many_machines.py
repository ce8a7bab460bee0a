"""How many pictures a second `predict --ray` answers on one node and on two, of one CPU each.

    python tests/benchmarks/many_machines.py [--count N] [--rounds N]

The nodes share this machine, which needs two cores. Plain `predict` is held to one core and to two.
Pictures are the bundled sample's, as PNG files. Start and end of Ray are measured apart: they do
not grow with the number of pictures. `--rounds 0` prints CPU
seconds alone. Bound: two nodes have at least 0.9x of twice one node.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image

from mnistkit.core.models.choice import choose
from mnistkit.data.loading import load_split
from mnistkit.fetching.store import Store
from mnistkit.prediction.on_ray.folder import AnswerFolder
from mnistkit.prediction.on_ray.job import Job, Worker
from mnistkit.prediction.on_ray.parts import Division, divide
from mnistkit.prediction.on_ray.shipping import Shipped
from mnistkit.prediction.on_ray.tasks import Predict
from mnistkit.prediction.opening import open_served

MEMORY = 80 * 2**20
BOUND = 0.9


def main() -> None:
    """Print pictures a second, in medians of rounds."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--count", type=int, default=24_000)
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        write_pictures(folder / "digits", arguments.count)
        rates: dict[str, list[float]] = {}
        for _ in range(arguments.rounds):
            for name, cores in (("plain predict, 1 core", 1), ("plain predict, 2 cores", 2)):
                rates.setdefault(name, []).append(arguments.count / plain(folder, cores))
            for nodes in (1, 2):
                rate = arguments.count / on_nodes(folder, nodes)
                rates.setdefault(f"Ray, {nodes} node{'s' * (nodes > 1)} of 1 CPU", []).append(rate)
        worker, whole = cpu_of_worker(folder), cpu_of_plain(folder)
        print(f"plain predict: {arguments.count / whole:,.0f} pictures per CPU second")
        print(f"a worker: {arguments.count / worker:,.0f} pictures per CPU second")
    if not arguments.rounds:
        return
    medians = {name: statistics.median(found) for name, found in rates.items()}
    for name, rate in medians.items():
        print(f"{name}: {rate:,.0f} pictures/s")
    share = medians["Ray, 2 nodes of 1 CPU"] / (2 * medians["Ray, 1 node of 1 CPU"])
    met = "met" if share >= BOUND else "MISSED"
    print(f"two nodes have {share:.2f}x of twice one node, at least {BOUND}x: {met}")


def write_pictures(folder: Path, count: int) -> None:
    """Write PNG files of 28x28."""
    folder.mkdir()
    images = load_split("mnist-sample", "test", Store()).images
    for number in range(count):
        Image.fromarray(images[number % len(images)]).save(folder / f"{number:06}.png")


def cpu_of_plain(folder: Path) -> float:
    """Return the CPU seconds of `predict`, which other programs on the machine change little."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    timed(folder, ("--format", "jsonl"))
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def cpu_of_worker(folder: Path) -> float:
    """Return the CPU seconds of what workers do for all parts, one after the other."""
    model = Shipped.of_classifier(open_served(choose("bundled").path, threads=1))
    division = Division(1000, "bytes")
    output = AnswerFolder.at(str(folder / "answers"), "parquet")
    began = time.process_time()
    worker = Worker(Job(Predict(model, 1, 0.0), division, output, str(folder)))
    for part in output.begin({}, lambda: divide([str(folder / "digits")], division)):
        worker({"part": [part.to_json()]})
    return time.process_time() - began


def plain(folder: Path, cores: int) -> float:
    """Return the seconds of `predict` on the first cores, start included."""
    used = sorted(os.sched_getaffinity(0))[:cores]
    return timed(folder, ("--format", "jsonl"), lambda: os.sched_setaffinity(0, used))


def on_nodes(folder: Path, nodes: int) -> float:
    """Return the seconds that more pictures take on a cluster, without Ray's start and end."""
    with cluster(nodes) as address, tempfile.TemporaryDirectory() as answers:
        options = ("--ray", address, "--output")
        (folder / "first").mkdir(exist_ok=True)
        for number in range(nodes):
            (folder / "first" / f"{number}.png").write_bytes(
                (folder / "digits" / f"{number:06}.png").read_bytes()
            )
        whole = timed(folder, (*options, f"{answers}/all"))
        few = timed(folder, (*options, f"{answers}/few"), source="first")
    return whole - few


@contextmanager
def cluster(nodes: int) -> Iterator[str]:
    """Yield the address of a cluster of nodes with one CPU each, on this machine."""
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": MEMORY}
    made = Cluster(initialize_head=True, head_node_args=node | {"include_dashboard": False})
    try:
        for _ in range(nodes - 1):
            made.add_node(**node)
        yield made.address
    finally:
        made.shutdown()


def timed(
    folder: Path,
    options: tuple[str, ...],
    prepare: Callable[[], None] | None = None,
    source: str = "digits",
) -> float:
    """Return the seconds of a whole command."""
    command = [sys.executable, "-m", "mnistkit", "--quiet", "predict", source]
    began = time.perf_counter()
    subprocess.run(
        [*command, "--model", "bundled", *options],
        cwd=folder,
        check=True,
        stdout=subprocess.DEVNULL,
        preexec_fn=prepare,
    )
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
