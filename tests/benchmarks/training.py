"""How long an epoch of `train` takes and how much memory, against the plain Keras script.

    python tests/benchmarks/training.py DIR

DIR holds mnist's files, as for `--data-dir`. Both learn all 60,000 images, an epoch in turn,
twice; the faster epoch of each counts. Takes about seven minutes. Bounds: an epoch no
slower, at most a third of the memory, below 1,300 MB.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from measuring import measure

REPETITIONS = 2
MEMORY_BOUND_MB = 1300


def main(folder: str) -> None:
    """Print the table and both ratios."""
    plain_script = [sys.executable, str(Path(__file__).with_name("plain_keras.py")), folder, "1"]
    seconds: dict[str, list[float]] = {"plain Keras": [], "mnistkit": []}
    peaks: dict[str, float] = {}
    for _ in range(REPETITIONS):
        with tempfile.TemporaryDirectory() as place:
            epoch = Path(place) / "epoch"
            plain = measure(["/bin/sh", "-c", f'"$@" 2>{epoch}', "sh", *plain_script])
            seconds["plain Keras"].append(float(epoch.read_text().split()[-1]))
            peaks["plain Keras"] = plain.peak_mb
            command = [sys.executable, "-m", "mnistkit", "--quiet", "train", "--epochs", "1"]
            options = ["--validation", "0", "--data-dir", folder, "--output", f"{place}/run"]
            peaks["mnistkit"] = measure([*command, *options]).peak_mb
            record = json.loads((Path(place) / "run" / "run.json").read_text())
            seconds["mnistkit"].append(record["history"][0]["seconds"])
    for name, epochs in seconds.items():
        print(f"{name:<12} {min(epochs):6.1f} s an epoch, {peaks[name]:7,.0f} MB at the peak")
    slower = min(seconds["mnistkit"]) / min(seconds["plain Keras"])
    larger = peaks["mnistkit"] / peaks["plain Keras"]
    print(f"time {slower:.2f}x, at most 1.0x: {'met' if slower <= 1 else 'MISSED'}")
    fits = larger <= 1 / 3 and peaks["mnistkit"] < MEMORY_BOUND_MB
    print(f"memory {larger:.2f}x, at most 0.33x and 1,300 MB: {'met' if fits else 'MISSED'}")


if __name__ == "__main__":
    main(sys.argv[1])
