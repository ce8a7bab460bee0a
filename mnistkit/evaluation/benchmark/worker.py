"""The process that is measured; `process.py` starts it.

Arguments: a task, the path of a model, and what the task takes:

    card                    describe the model
    times IMAGES COUNT      time it on the first COUNT images
    answers IMAGES OUTPUT   write its probabilities for all images, as `.npy`

IMAGES is a `.npy` file of uint8 (n, 28, 28).

Written to stdout: a line of JSON as soon as the model has answered for a blank image, and one with
the result; or one with `error`.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from statistics import median
from typing import Any, TextIO

import numpy as np

from mnistkit.core.arrays import IMAGE_SHAPE, Images
from mnistkit.core.models.classifier import Classifier
from mnistkit.errors import MnistkitError
from mnistkit.prediction.opening import open_any

BATCH_SIZES = (8, 32, 128, 256)
# Seconds for each batch size; a slow model is timed on fewer images.
LONGEST = 2.0
PROCESSES = Path("/proc")


def main() -> None:
    """Open the model, and do the task."""
    task, path, *arguments = sys.argv[1:]
    # Libraries may print, too; what they print goes to stderr.
    stream = os.fdopen(os.dup(1), "w", encoding="ascii")
    os.dup2(2, 1)
    # In the main thread onnxruntime gets a thread for each call, so that Ctrl-C can end it.
    with ThreadPoolExecutor(1) as pool:
        pool.submit(_answer, stream, task, Path(path), *arguments).result()


def _answer(stream: TextIO, task: str, path: Path, *arguments: str) -> None:
    """Write the two lines."""
    try:
        classifier = open_any(path)
        classifier.predict(np.zeros((1, *IMAGE_SHAPE), np.uint8))
        _tell(stream, memory=peak_memory())
        _tell(stream, **TASKS[task](classifier, *arguments))
    except MnistkitError as error:
        _tell(stream, error=str(error))


def _tell(stream: TextIO, **facts: Any) -> None:
    print(json.dumps(facts), file=stream, flush=True)


def card(classifier: Classifier) -> dict[str, Any]:
    """Return the model's card."""
    return {"card": classifier.card.to_json()}


def times(classifier: Classifier, file: str, count: str) -> dict[str, Any]:
    """Return percentiles of the latency in seconds, and images per second by batch size.

    Medians, because other processes may interrupt this one.
    """
    images = np.load(file)[: int(count)]
    singles = [*_seconds(classifier, images, 1)]
    throughput = {1: 1 / median(singles)}
    for size in BATCH_SIZES:
        # A batch takes about as long as its images do one by one, or less.
        if size > len(images) or size / throughput[1] > LONGEST:
            break
        throughput[size] = size / median(_seconds(classifier, images, size))
    p50, p99 = np.percentile(singles, (50, 99))
    return {"latency_p50": p50, "latency_p99": p99, "throughput": throughput}


def _seconds(classifier: Classifier, images: Images, size: int) -> Iterator[float]:
    """Yield the time of each whole batch, until they took `LONGEST` together."""
    # The first batch of a size takes longer.
    classifier.predict(images[:size], size)
    began = time.perf_counter()
    for start in range(0, len(images) - size + 1, size):
        before = time.perf_counter()
        classifier.predict(images[start : start + size], size)
        after = time.perf_counter()
        yield after - before
        if after - began > LONGEST:
            return


def answers(classifier: Classifier, file: str, output: str) -> dict[str, Any]:
    """Write the probabilities."""
    np.save(output, classifier.predict(np.load(file)))
    return {}


TASKS: dict[str, Callable[..., dict[str, Any]]] = {"card": card, "times": times, "answers": answers}


def peak_memory() -> int | None:
    """Return the peak memory of this process and those it started, in bytes; None if unknown."""
    own = _peak(PROCESSES / "self")
    if own is None:
        return None
    return own + sum(_peak(PROCESSES / child) or 0 for child in _children())


def _children() -> Iterator[str]:
    """Yield the numbers of the processes that a thread of this one started."""
    for thread in (PROCESSES / "self/task").iterdir():
        # Not every kernel has the file, and a thread may have ended.
        with suppress(OSError):
            yield from (thread / "children").read_text().split()


def _peak(process: Path) -> int | None:
    """Return the peak of a process's resident memory, in bytes; None if unknown."""
    # Not `getrusage`, whose peak includes that of the process which started this one.
    with suppress(OSError):
        for line in (process / "status").read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    return None


if __name__ == "__main__":
    main()
