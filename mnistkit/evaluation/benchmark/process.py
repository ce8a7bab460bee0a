"""Starting the process that is measured, and reading what it writes."""

from __future__ import annotations

import json
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, cast

from mnistkit.errors import ModelError, UsageError

logger = logging.getLogger(__name__)

WORKER = Path(__file__).with_name("worker.py")


@dataclass(frozen=True)
class Answer:
    """What a process wrote.

    Args:
        first_answer: Seconds from its start to its first answer.
        memory: Its peak memory by then, in bytes; None where the system does not tell it.
        result: The result of its task.
    """

    first_answer: float
    memory: int | None
    result: dict[str, Any]


def ask(task: str, path: Path, *arguments: str) -> Answer:
    """Return what a new process answers.

    Args:
        task: A task of `worker.py`.
        path: The model.
        arguments: What the task takes.

    Raises:
        ModelError: The model can't be opened or run, or crashes its process.
    """
    # By its path, so that nothing is imported that the model does not need; -P keeps its folder
    # out of sys.path.
    command = [sys.executable, "-P", str(WORKER), task, str(path), *arguments]
    stderr = None if logger.isEnabledFor(logging.DEBUG) else subprocess.DEVNULL
    began = time.perf_counter()
    with subprocess.Popen(  # noqa: S603 - this package's own program
        command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=stderr
    ) as process:
        try:
            first = _read(process)
            seconds = time.perf_counter() - began
            return Answer(seconds, first["memory"], _read(process))
        except BaseException:
            process.kill()
            raise


def _read(process: subprocess.Popen[bytes]) -> dict[str, Any]:
    """Return the next line of a process.

    Raises:
        ModelError: It is an error, or there is none.
    """
    line = cast(IO[bytes], process.stdout).readline()
    facts: dict[str, Any] = json.loads(line) if line else {"error": _crash(process.wait())}
    if "error" in facts:
        raise ModelError(facts["error"])
    return facts


def _crash(status: int) -> str:
    """Return the message for a process that ended early, with its exit status."""
    how = f"by {signal.Signals(-status).name}" if status < 0 else f"with status {status}"
    return (
        f"expected an answer, received none: its process ended {how}; free memory, or repeat with "
        "--debug to see what it prints"
    )


@contextmanager
def bound_to(threads: int | None) -> Iterator[None]:
    """Bind this process and those it starts to a number of cores; None for all of them.

    Raises:
        UsageError: There are fewer, or the system can't bind processes to cores.
    """
    if threads is None:
        yield
        return
    if not hasattr(os, "sched_setaffinity"):
        raise UsageError("expected Linux for --threads, received another system; leave it out")
    usable = sorted(os.sched_getaffinity(0))
    if threads > len(usable):
        raise UsageError(
            f"expected --threads from 1 to {len(usable)}, as many as there are cores, received "
            f"{threads}; choose fewer"
        )
    os.sched_setaffinity(0, usable[:threads])
    try:
        yield
    finally:
        os.sched_setaffinity(0, usable)
