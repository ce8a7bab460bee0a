"""The number of CPU cores that this process may use."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

# Control groups of version 2 have quota and period in one file, version 1 in two; microseconds.
QUOTA_FILES = (("cpu.max",), ("cpu.cfs_quota_us", "cpu.cfs_period_us"))


def usable_cores(root: Path = Path("/")) -> int:
    """Return the number of cores for this process, by CPU affinity and container limits.

    Args:
        root: The folder that has `proc` and `sys`.

    Returns:
        At least 1; a quota of part of a core is rounded up.
    """
    cores = _cores()
    return max(1, math.ceil(min([cores, *_quotas(root)])))


def _cores() -> int:
    """Return the number of cores that this process may run on."""
    try:
        return len(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        # Not every system binds processes to cores.
        return os.cpu_count() or 1


def _quotas(root: Path) -> Iterator[float]:
    """Yield the limit, in cores, of each control group that this process belongs to."""
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
        # In a container the path may be the host's, and the container's group the top folder.
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
