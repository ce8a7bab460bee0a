"""Running commands and measuring them against one another in one go."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Measured:
    """A process: wall-clock seconds, and its peak of memory in MB (10**6 bytes)."""

    seconds: float
    peak_mb: float


def measure(command: Sequence[str]) -> Measured:
    """Run a command to its end.

    Raises:
        RuntimeError: It failed.
    """
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    if status:
        raise RuntimeError(f"{' '.join(command)} ended with status {status}")
    # Linux counts in KiB.
    return Measured(seconds, usage.ru_maxrss * 1024 / 1e6)


def fastest(commands: dict[str, Sequence[str]], repetitions: int) -> dict[str, Measured]:
    """Run all commands in turn, several times over; keep the fastest run of each.

    In turn, since a machine's speed drifts; the fastest, since all else is noise of others.
    """
    runs: dict[str, list[Measured]] = {name: [] for name in commands}
    for _ in range(repetitions):
        for name, command in commands.items():
            runs[name].append(measure(command))
    return {name: min(kept, key=lambda run: run.seconds) for name, kept in runs.items()}
