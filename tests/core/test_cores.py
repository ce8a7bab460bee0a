"""The cores a process may use: as many as it is bound to, and as its container is given."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from mnistkit.core.cores import usable_cores

BOUND = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
HALF_A_CORE, MANY = "50000 100000", "100000000 100000"

GROUPS = {
    "none": ({}, BOUND),
    "version 2, at the top": ({"cgroup": "0::/", "cpu.max": HALF_A_CORE}, 1),
    "version 2, an outer group": (
        {"cgroup": "0::/outer/inner", "outer/cpu.max": HALF_A_CORE, "outer/inner/cpu.max": MANY},
        1,
    ),
    "version 2, the host's path": ({"cgroup": "0::/host/of/mine", "cpu.max": HALF_A_CORE}, 1),
    "version 2, unlimited": ({"cgroup": "0::/", "cpu.max": "max 100000"}, BOUND),
    "version 2, more than there are": ({"cgroup": "0::/", "cpu.max": MANY}, BOUND),
    "version 1": (
        {
            "cgroup": "3:cpuset:/\n2:cpu,cpuacct:/docker/1\n0::/",
            "cpu/docker/1/cpu.cfs_quota_us": "100000\n",
            "cpu/docker/1/cpu.cfs_period_us": "100000\n",
        },
        1,
    ),
    "version 1, unlimited": (
        {"cgroup": "1:cpu:/", "cpu/cpu.cfs_quota_us": "-1", "cpu/cpu.cfs_period_us": "100000"},
        BOUND,
    ),
}


@pytest.mark.parametrize("kind", GROUPS)
def test_a_container_gets_no_more_than_its_quota(tmp_path, kind):
    files, expected = GROUPS[kind]
    for name, content in files.items():
        place = "proc/self" if name == "cgroup" else "sys/fs/cgroup"
        path = tmp_path / place / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    assert usable_cores(tmp_path) == expected


def test_a_system_that_binds_no_process_gives_all_its_cores(tmp_path, monkeypatch):
    monkeypatch.delattr(os, "sched_getaffinity", raising=False)
    assert usable_cores(tmp_path) == os.cpu_count()


@pytest.mark.skipif(not hasattr(os, "sched_setaffinity"), reason="run it on Linux")
def test_a_process_uses_no_more_cores_than_it_is_bound_to():
    core = min(os.sched_getaffinity(0))
    program = (
        f"import os; os.sched_setaffinity(0, {{{core}}})\n"
        "from mnistkit.core.cores import usable_cores; print(usable_cores())"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True)
    assert ended.stdout == b"1\n"
