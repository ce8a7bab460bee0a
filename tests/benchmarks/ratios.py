"""All ratios of the project in one table: what is measured, against what, the ratio, its goal.

    python tests/benchmarks/ratios.py DIR [--only GROUP...] [--rounds N]

DIR holds mnist's files, as for `--data-dir`. In each round both sides of a ratio are measured, one
after the other, so that a machine that slows down slows both; the ratio is that of the medians.
Groups: start, predict, evaluate, serve, nodes, train, time. `train` and `time` take minutes a round
and have at most three; the others `--rounds`. All together take about forty minutes. Use a machine
that does nothing else.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import many_machines
import serving
import time_to_99
from measuring import bare_rate, measure
from PIL import Image

sys.path.insert(0, str(Path(__file__).parents[1]))

import served

from mnistkit.core.models.choice import choose
from mnistkit.data.loading import load_split
from mnistkit.fetching.store import Store
from mnistkit.prediction.opening import open_served

MNISTKIT = (sys.executable, "-m", "mnistkit", "--quiet")
# Of the groups whose rounds take minutes.
MOST_ROUNDS = 3
BATCH = 32
SECONDS = 5
NODES_COUNT = 24_000
# Megabytes.
TRAINING_MEMORY = 1100.0

BARE = """
import sys, numpy, onnxruntime
from PIL import Image
image = numpy.asarray(Image.open(sys.argv[2]))[numpy.newaxis]
session = onnxruntime.InferenceSession(sys.argv[1], providers=["CPUExecutionProvider"])
print(session.run(None, {"image": image})[0].argmax())
"""


@dataclass(frozen=True)
class Ratio:
    """Something that is measured against something else.

    Args:
        what: It.
        against: The other.
        bound: `>=` if the ratio has to be at least the goal, as one of rates, or `<=`.
        goal: Of the ratio.
        sides: Functions that measure both, in this order; both in one unit.
    """

    what: str
    against: str
    bound: Literal[">=", "<="]
    goal: float
    sides: tuple[Callable[[], float], Callable[[], float]]


def main() -> None:
    """Print the table, a line at a time."""
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="+", choices=GROUPS, default=GROUPS)
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    print(f"{machine()}; medians of rounds\n")
    print(f"{'what':<34}{'against':<29}{'ratio':>7}  goal")
    for group in arguments.only:
        slow = group in {"train", "time"}
        rounds = min(arguments.rounds, MOST_ROUNDS) if slow else arguments.rounds
        with ExitStack() as held:
            folder = Path(held.enter_context(tempfile.TemporaryDirectory()))
            for ratio in GROUPS[group](arguments.folder, folder, held):
                print(line(ratio, rounds), flush=True)


def line(ratio: Ratio, rounds: int) -> str:
    """Measure a ratio; return its line."""
    found = [tuple(side() for side in ratio.sides) for _ in range(rounds)]
    value = statistics.median(ours for ours, _ in found) / statistics.median(b for _, b in found)
    met = value >= ratio.goal if ratio.bound == ">=" else value <= ratio.goal
    goal = f"{ratio.bound} {ratio.goal:g}x"
    verdict = "met" if met else "missed"
    return f"{ratio.what:<34}{ratio.against:<29}{value:>6.2f}x  {goal:<11}{verdict}"


def machine() -> str:
    """Return the processor and the number of cores that may be used."""
    name = platform.processor() or platform.machine()
    for row in Path("/proc/cpuinfo").read_text().splitlines():
        if row.startswith("model name"):
            name = row.partition(":")[2].strip()
            break
    return f"{name}, {len(os.sched_getaffinity(0))} cores"


def seconds_of(*command: str) -> float:
    """Return the seconds of a command."""
    return measure(command).seconds


def starts(_mnist: Path, folder: Path, _held: ExitStack) -> Iterator[Ratio]:
    """Yield the ratios of whole processes that do little."""
    exported, picture = bundled(), str(folder / "digit.png")
    Image.fromarray(load_split("mnist-sample", "test", Store()).images[0]).save(picture)
    imports = partial(seconds_of, sys.executable, "-c", "import typer, rich.console")
    yield Ratio(
        "--help", "import typer, rich.console", "<=", 1.4, (partial(_run, "--help"), imports)
    )
    bare = partial(seconds_of, sys.executable, "-c", BARE, exported, picture)
    one = partial(_run, "predict", picture, "--model", exported)
    yield Ratio("predict, one picture", "bare script", "<=", 1.35, (one, bare))


def predictions(mnist: Path, folder: Path, _held: ExitStack) -> Iterator[Ratio]:
    """Yield the ratio of `predict` on many files, start included, to bare inference."""
    images, exported = load_split("mnist", "test", Store(mnist)).images, bundled()
    for number, image in enumerate(images):
        Image.fromarray(image).save(folder / f"{number:05}.png")
    words = ("predict", str(folder), "--model", exported, "--format", "jsonl")
    many = lambda: len(images) / _run(*words)  # noqa: E731
    bare = partial(bare_rate, exported, images, BATCH)
    yield Ratio("predict, 10,000 PNG files", f"onnxruntime, batch {BATCH}", ">=", 0.8, (many, bare))


def evaluations(mnist: Path, _folder: Path, _held: ExitStack) -> Iterator[Ratio]:
    """Yield the ratio of `evaluate`'s rate, which it prints itself, to bare inference."""
    images = load_split("mnist", "test", Store(mnist)).images

    def rate() -> float:
        words = ("--model", "bundled", "--dataset", "mnist", "--data-dir", str(mnist))
        command = [*MNISTKIT, "evaluate", *words, "--format", "json"]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return json.loads(printed)["images_per_second"]

    bare = partial(bare_rate, bundled(), images, BATCH)
    yield Ratio("evaluate, ONNX", f"onnxruntime, batch {BATCH}", ">=", 0.95, (rate, bare))


def requests(mnist: Path, _folder: Path, held: ExitStack) -> Iterator[Ratio]:
    """Yield the ratio of the server's rate to bare inference, both of single images."""
    images = load_split("mnist", "test", Store(mnist)).images
    server = held.enter_context(served.serving(quiet=False, stderr=subprocess.DEVNULL))
    body = json.dumps(served.tensor(images[:1])).encode()
    rate = lambda: serving.rate_of(server, body, SECONDS)[0]  # noqa: E731
    bare = partial(bare_rate, bundled(), images, 1)
    yield Ratio("serve, single images", "onnxruntime, batch 1", ">=", 0.5, (rate, bare))


def nodes(_mnist: Path, folder: Path, _held: ExitStack) -> Iterator[Ratio]:
    """Yield the ratio of the rates of two nodes and one, of one CPU each, on this machine."""
    many_machines.write_pictures(folder / "digits", NODES_COUNT)
    two = lambda: 1 / many_machines.on_nodes(folder, 2)  # noqa: E731
    one = lambda: 2 / many_machines.on_nodes(folder, 1)  # noqa: E731
    yield Ratio("predict --ray, 2 nodes", "2 x predict --ray, 1 node", ">=", 0.9, (two, one))


def trainings(mnist: Path, folder: Path, _held: ExitStack) -> Iterator[Ratio]:
    """Yield the ratios of an epoch of `train` to one of the plain script, and of its memory."""
    peaks: list[float] = []

    def epoch() -> float:
        run = folder / f"run-{len(peaks)}"
        words = ("--epochs", "1", "--validation", "0", "--data-dir", str(mnist))
        done = measure([*MNISTKIT, "train", *words, "--output", str(run)])
        peaks.append(done.peak_mb)
        return json.loads((run / "run.json").read_text())["history"][0]["seconds"]

    def plain() -> float:
        script = Path(__file__).with_name("plain_keras.py")
        command = [sys.executable, str(script), str(mnist), "1"]
        told = subprocess.run(command, check=True, capture_output=True, text=True).stderr
        return float(told.split()[-1])

    yield Ratio("train, an epoch", "plain Keras script", "<=", 0.75, (epoch, plain))
    peak = lambda: statistics.median(peaks)  # noqa: E731
    limit = f"{TRAINING_MEMORY:,.0f} MB"
    yield Ratio("train, peak memory", limit, "<=", 1.0, (peak, lambda: TRAINING_MEMORY))


def times(mnist: Path, _folder: Path, _held: ExitStack) -> Iterator[Ratio]:
    """Yield the ratio of the seconds of training to 99 %."""
    fast = lambda: time_to_99.fast(str(mnist))[0]["seconds"]  # noqa: E731
    script = "keras_example.py"
    keras = lambda: time_to_99.example(script, str(mnist))[0]["seconds"]  # noqa: E731
    yield Ratio("train fast, to 99 %", "Keras's example", "<=", 0.125, (fast, keras))


def bundled() -> str:
    """Return the path of the bundled model's ONNX file."""
    return str(open_served(choose("bundled").path).path)


def _run(*words: str) -> float:
    return seconds_of(*MNISTKIT, *words)


GROUPS = {
    "start": starts,
    "predict": predictions,
    "evaluate": evaluations,
    "serve": requests,
    "nodes": nodes,
    "train": trainings,
    "time": times,
}

if __name__ == "__main__":
    main()
