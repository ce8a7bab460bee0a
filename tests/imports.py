"""Which packages a command imports."""

from __future__ import annotations

import subprocess

TRACED = {"PYTHONPROFILEIMPORTTIME": "1"}
"""The environment in which Python tells on stderr what it imports."""


def imported(ended: subprocess.CompletedProcess[str]) -> set[str]:
    """Return the names of the packages that a process imported, which ran with `TRACED`."""
    lines = [line for line in ended.stderr.splitlines() if line.startswith("import time:")]
    return {line.rpartition("|")[2].strip().split(".")[0] for line in lines}
