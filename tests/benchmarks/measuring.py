"""Measuring commands, and onnxruntime alone, which the project's speed is measured against."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass

import onnxruntime


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


def bare_rate(exported: str, images, size: int) -> float:
    """Return images a second of one pass, `size` at a time, with onnxruntime's own settings."""
    session = onnxruntime.InferenceSession(exported, providers=["CPUExecutionProvider"])
    session.run(None, {"image": images[:size]})
    began = time.perf_counter()
    for start in range(0, len(images), size):
        session.run(None, {"image": images[start : start + size]})
    return len(images) / (time.perf_counter() - began)
