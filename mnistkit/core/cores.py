"""How many cores this process may keep busy."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

# Of control groups of version 2, which end with the period, and of version 1; in microseconds.
QUOTA_FILES = (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us"))


def usable_cores(root: Path = Path("/")) -> int:
    """Return how many cores' worth of time this process gets: by CPU affinity, by its container.

    Args:
        root: Where `proc` and `sys` are.
    """
    cores = _cores()
    return max(1, math.ceil(min([cores, *_quotas(root)])))


def _cores() -> int:
    """The cores that this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        # Not every system binds processes to cores.
        return os.cpu_count() or 1


def _quotas(root: Path) -> Iterator[float]:
    """Yield how many cores' worth each control group around this process may use."""
    place = root / "sys/fs/cgroup"
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "cpu" not in controllers.split(","):
            continue
        top = place / "cpu" if controllers else place
        group = top / path.lstrip("/")
        # In a container the path may be the host's, and its own group the top one.
        for folder in (group, *group.parents):
            if folder.is_relative_to(top):
                yield from _quota(folder)


def _quota(folder: Path) -> Iterator[float]:
    for names in QUOTA_FILES:
        # Most groups have no such files, or `max` in them.
        with suppress(OSError, ValueError):
            quota, period = map(int, " ".join((folder / n).read_text() for n in names).split())
            if quota > 0:
                yield quota / period
