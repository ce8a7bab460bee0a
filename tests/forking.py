"""Running `mnistkit` in forks of a process that has imported its libraries."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from contextlib import ExitStack
from pathlib import Path

PROGRAMS = Path(__file__).parent / "forks"
FRESH = (sys.executable, "-m", "mnistkit")
LIGHT = ("cv2", "h5py", "numpy", "onnxruntime", "PIL.Image", "requests", "rich.table", "typer")
# They take seconds, so they are imported for the first command that trains or builds a network.
HEAVY = (*LIGHT, "keras", "tensorflow", "optuna", "tf2onnx")
BUILDING = {"architectures", "ensemble", "export", "import", "summary", "train", "tune"}
# On Linux.
IS_THERE = hasattr(os, "pidfd_open")
# What an environment tells mnistkit, and no library.
OWN = ("COMP_", "MNISTKIT_", "PYTHONPATH", "_MNISTKIT_")


class Forks:
    """The servers of forks, each started when it is first needed.

    Args:
        folder: Where their sockets lie.
        environment: The one in which they import the libraries.
    """

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder = folder
        self._environment = environment
        self._sockets: dict[tuple[str, ...], Path] = {}
        self._running = ExitStack()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._running.close()

    def command(self, words, options):
        """The command that runs `mnistkit` with these words, in a fork where none can tell.

        Takes what `subprocess.run` is to take.
        """
        return self._in_fork(words) if self._can_run(words, options) else [*FRESH, *words]

    def _can_run(self, words, options):
        """Whether a fork does the same as a fresh process, however early that reads its options."""
        differing = options["env"].items() ^ self._environment.items()
        alike = all(name.startswith(OWN) for name, _ in differing)
        alike = alike and "--debug" not in words and "preexec_fn" not in options
        return alike and IS_THERE

    def _in_fork(self, words):
        builds = BUILDING.intersection(words) and "--help" not in words
        libraries = HEAVY if builds else LIGHT
        if libraries not in self._sockets:
            self._sockets[libraries] = self._start(libraries)
        return [sys.executable, "-IS", PROGRAMS / "client.py", self._sockets[libraries], *words]

    def _start(self, libraries):
        """Start a server; return the path of its socket."""
        path = self._folder / str(len(libraries))
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as listening:
            listening.bind(str(path))
            listening.listen()
            descriptor = listening.fileno()
            command = [sys.executable, PROGRAMS / "server.py", str(descriptor), *libraries]
            server = subprocess.Popen(
                command, env=self._environment, stdin=subprocess.PIPE, pass_fds=[descriptor]
            )
        self._running.enter_context(server)
        return path
