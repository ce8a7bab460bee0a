"""How long three programs train until they have 99 % of MNIST's test images.

    python tests/benchmarks/time_to_99.py DIR

DIR holds mnist's files, as for `--data-dir`; PyTorch is left out where it is not installed. The two
examples may stop at the epoch whose test accuracy suffices; `mnistkit train --architecture fast`
looks at the test images once, after its last epoch, which is its first. Prints a table of seconds
of training, without start, loading and measuring, and of the whole process. Takes some ten
minutes.
"""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

HERE = Path(__file__).parent


def run(command: Sequence[str]) -> tuple[str, float]:
    """Run a command; return what it printed, and its seconds."""
    began = time.perf_counter()
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return printed, time.perf_counter() - began


def fast(folder: str) -> tuple[dict[str, float], float]:
    """Train and score `fast` by its one command."""
    with tempfile.TemporaryDirectory() as place:
        words = ["train", "--architecture", "fast", "--dataset", "mnist", "--data-dir", folder]
        command = [sys.executable, "-m", "mnistkit", "--quiet", *words]
        printed, whole = run([*command, "--output", f"{place}/run", "--format", "json"])
    record = json.loads(printed)
    seconds = sum(row["seconds"] for row in record["history"])
    accuracy = record["metrics"]["test"]["accuracy"]
    return {"epoch": len(record["history"]), "seconds": seconds, "accuracy": accuracy}, whole


def example(script: str, folder: str) -> tuple[dict[str, float], float]:
    """Run an example to its last epoch."""
    printed, whole = run([sys.executable, str(HERE / script), folder])
    return json.loads(printed.splitlines()[-1]), whole


def main(folder: str) -> None:
    """Print the table."""
    measured = {"mnistkit fast": fast(folder)}
    measured["Keras's example"] = example("keras_example.py", folder)
    if importlib.util.find_spec("torch"):
        measured["PyTorch's example"] = example("torch_example.py", folder)
    print(f"{'':<20}{'epochs':>8}{'test':>9}{'training':>11}{'in all':>10}{'times':>8}")
    ours = measured["mnistkit fast"][0]["seconds"]
    for name, (last, whole) in measured.items():
        print(
            f"{name:<20}{last['epoch']:>8}{last['accuracy']:>9.2%}{last['seconds']:>9.1f} s"
            f"{whole:>8.1f} s{last['seconds'] / ours:>7.1f}x"
        )


if __name__ == "__main__":
    main(sys.argv[1])
