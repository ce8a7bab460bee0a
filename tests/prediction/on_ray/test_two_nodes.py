"""20,000 pictures on two nodes, with a worker and the command killed on the way."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.slow

COUNT = 20_000
PATIENCE = 900
MEMORY = 80 * 2**20


@pytest.fixture(scope="module")
def folder(tmp_path_factory, sample):
    """The sample's 1,000 images, each shifted by up to 19 columns."""
    folder = tmp_path_factory.mktemp("many")
    (folder / "digits").mkdir()
    for number in range(COUNT):
        image = np.roll(sample.images[number % 1000], number // 1000 - 10, axis=1)
        Image.fromarray(image).save(folder / "digits" / f"{number:05}.png")
    return folder


@pytest.fixture
def cluster():
    """The address of a cluster of two nodes with one CPU each, and its worker processes."""
    from ray.cluster_utils import Cluster

    node = {"num_cpus": 1, "object_store_memory": MEMORY}
    made = Cluster(initialize_head=True, head_node_args=node | {"include_dashboard": False})
    try:
        made.add_node(**node)
        raylets = {
            process.process.pid
            for each in (made.head_node, *made.worker_nodes)
            for process in each.all_processes["raylet"]
        }
        yield made.address, lambda: workers_of(raylets)
    finally:
        made.shutdown()


def workers_of(raylets):
    """The processes of these nodes that answer for pictures."""
    found = []
    for place in Path("/proc").glob("[0-9]*"):
        try:
            parent = int((place / "stat").read_text().rpartition(")")[2].split()[1])
            if parent in raylets and b"MapWorker" in (place / "cmdline").read_bytes():
                found.append(int(place.name))
        except OSError:
            continue
    return found


def wait_for(condition):
    until = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.2)


@pytest.mark.filterwarnings("ignore")
def test_each_picture_is_answered_once_whatever_is_killed(folder, cluster, clean_environment):
    address, workers = cluster
    answers = folder / "answers"
    command = [sys.executable, "-m", "mnistkit", "predict", "digits", "--model", "bundled",
               "--ray", address, "--output", answers, "--format", "jsonl"]  # fmt: skip
    options = {"cwd": folder, "env": clean_environment, "stderr": subprocess.PIPE, "text": True}

    def done():
        return len(list(answers.glob("*.jsonl"))) if answers.exists() else 0

    with subprocess.Popen(command, **options) as process:
        wait_for(lambda: done() >= 2 and len(workers()) == 2)
        os.kill(workers()[0], signal.SIGKILL)
        before = done()
        wait_for(lambda: done() >= before + 3 or process.poll() is not None)
        process.kill()
        process.communicate()
    killed_with = done()
    assert 5 <= killed_with < COUNT // 1000
    ended = subprocess.run(command, check=True, timeout=PATIENCE, **options)
    assert f"pictures answered: {COUNT:,}" in ended.stderr

    files = sorted(answers.iterdir())
    lines = [line for file in files for line in file.read_text().splitlines()]
    plain = ["predict", "digits", "--model", "bundled", "--format", "jsonl"]
    expected = subprocess.run([sys.executable, "-m", "mnistkit", *plain], check=True,
                              stdout=subprocess.PIPE, **options).stdout.splitlines()  # fmt: skip
    assert [json.loads(line)["source"] for line in lines] == [
        f"digits/{number:05}.png" for number in range(COUNT)
    ]
    assert [json.loads(line)["label"] for line in lines] == [
        json.loads(line)["label"] for line in expected
    ]
