"""Faults in file operations, and what is known of a command that had one."""

from __future__ import annotations

import errno
import re
import signal
from dataclasses import dataclass
from pathlib import Path

from mnistkit.core.holding import PREFIX

VARIABLE = "_MNISTKIT_FAULT_"
KILLED = -signal.SIGKILL
# What a command says of a whole file or folder that another one made.
THERE = ("exists already", "to be a new or empty folder")
# What libraries and mnistkit make up for temporary files.
RANDOM = re.compile(
    r"(?<=\.mnistkit-tmp-)[0-9a-f]{16}|tmp[a-z0-9_]{8}\b|(?<=_file)[a-z0-9_]{8}(?=\.py)"
    r"|tempstate\d+|tmp\d+|(?<=^tmp/)[a-z0-9_]{8}$"
)
# A broken disk may fail once; a full one has room for nothing more, and one that became read-only
# takes no change at all, such as deleting.
LASTS = {errno.EIO: None, errno.ENOSPC: "room", errno.EROFS: "all"}
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
        lasts: Which later operations fail as well: none, those that need `room`, or `all`.
        milliseconds: CPU time after which the command is killed.
        stops: Whether it stops at each operation.
    """

    at: int | None = None
    error: int | None = None
    lasts: str | None = None
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
            "LASTS": self.lasts,
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

    @property
    def left_alone(self):
        """The temporary files that it leaves to a command that loads TensorFlow, if it does not."""
        passing = f"tmp/{PREFIX}"
        loads = any(operation.path.startswith(passing) for operation in self.operations)
        return set() if loads else {passing}


@dataclass(frozen=True)
class State:
    """What a kill at an operation leaves, as a copy."""

    operation: Operation
    copy: Path
