"""Faults in file operations, and what is known of a command that had one."""

from __future__ import annotations

import errno
import re
import signal
from dataclasses import dataclass
from pathlib import Path

VARIABLE = "_MNISTKIT_FAULT_"
KILLED = -signal.SIGKILL
# What a command says of a whole file or folder that another one made.
THERE = ("exists already", "to be a new or empty folder")
# What libraries and mnistkit make up for temporary files.
RANDOM = re.compile(
    r"(?<=\.mnistkit-tmp-)[0-9a-f]{16}|tmp[a-z0-9_]{8}\b|(?<=_file)[a-z0-9_]{8}(?=\.py)"
    r"|tempstate\d+|tmp\d+|(?<=^tmp/)[a-z0-9_]{8}$"
)
TRIAL = "tmp/*"
"""The file by which Python tries whether it can write into the folder of temporary files."""


@dataclass(frozen=True)
class Operation:
    """A counted operation: its process, the CPU time before it in milliseconds, name and path."""

    process: int
    milliseconds: int
    name: str
    path: str

    @classmethod
    def of(cls, line):
        process, milliseconds, name, path = line.split(" ", 3)
        return cls(int(process), int(milliseconds), name, path)

    @property
    def kind(self):
        """What it has in common with others: its name, and the path without random parts."""
        return self.name, RANDOM.sub("*", self.path)

    def __str__(self):
        return f"{self.name} {self.path}"


@dataclass(frozen=True)
class Fault:
    """What goes wrong.

    Args:
        at: The number of the operation, from 1; None for none.
        error: What it fails with; None for a kill before it.
        lasts: Whether later operations that need room fail as well.
        milliseconds: CPU time after which the command is killed.
        stops: Whether it stops at each operation.
    """

    at: int | None = None
    error: int | None = None
    lasts: bool = False
    milliseconds: int | None = None
    stops: bool = False

    def __str__(self):
        if self.at is None:
            return f"killed after {self.milliseconds} ms"
        return f"{errno.errorcode[self.error] if self.error else 'kill'} at operation {self.at}"

    def variables(self):
        """The environment that lets it happen."""
        values = {
            "AT": self.at,
            "DO": self.error or "kill",
            "LASTS": self.lasts or None,
            "CPU": self.milliseconds,
            "STOP": self.stops or None,
        }
        return {VARIABLE + name: str(to) for name, to in values.items() if to is not None}


NO_FAULT = Fault()


@dataclass(frozen=True)
class Ended:
    """How a command ended, and its operations on files."""

    code: int
    stdout: str
    stderr: str
    operations: tuple[Operation, ...]

    @property
    def said(self):
        """All it said, for an assertion."""
        return f"exit code {self.code}\n{self.stdout}\n{self.stderr}"


@dataclass(frozen=True)
class State:
    """What a kill at an operation leaves, as a copy."""

    operation: Operation
    copy: Path
