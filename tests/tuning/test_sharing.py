"""Several processes on one study, one of them killed in the middle of a trial."""

from __future__ import annotations

import json
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from mnistkit.tuning.storage import open_storage

WORKER = Path(__file__).with_name("worker_process.py")
FINISHED = {TrialState.COMPLETE, TrialState.PRUNED}


@pytest.fixture
def journal(tmp_path):
    return f"journal:{tmp_path / 'journal.log'}"


@pytest.fixture
def redis(tmp_path):
    if not shutil.which("redis-server"):
        pytest.skip("install redis-server, and `pip install redis`")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", ""]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL) as server:
        wait_for(port)
        yield f"redis://127.0.0.1:{port}"
        server.terminate()


def wait_for(port):
    for _ in range(100):
        with socket.socket() as knocking:
            if knocking.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    pytest.fail(f"nothing answers at port {port}")


def start(url, total, hang_after=-1):
    return subprocess.Popen(
        [sys.executable, WORKER, url, str(total), str(hang_after)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def listen(worker, word):
    """What a worker says until it says this word."""
    said = []
    for line in worker.stdout:
        said.append(json.loads(line))
        if word in said[-1]:
            return said
    return pytest.fail(f"expected {word}, received {said} and {worker.stderr.read()}")


@pytest.mark.parametrize(
    ("storage", "workers", "total"),
    [("journal", 2, 8), ("journal", 4, 16), ("redis", 2, 8), ("redis", 4, 16)],
)
def test_a_worker_that_is_killed_costs_its_trial_alone(request, storage, workers, total):
    url = request.getfixturevalue(storage)
    doomed = start(url, total, hang_after=1)
    said = listen(doomed, "began")
    others = [start(url, total) for _ in range(workers - 1)]
    said += listen(doomed, "hanging") + listen(others[0], "began")
    doomed.kill()
    doomed.communicate()
    for worker in others:
        stdout, stderr = worker.communicate(timeout=200)
        assert worker.returncode == 0, stderr
        said += map(json.loads, stdout.splitlines())

    trials = optuna.load_study(storage=open_storage(url), study_name="shared").trials
    began = [words["began"] for words in said if "began" in words]
    ended = {words["ended"] for words in said if "ended" in words}
    lost = [words["lost"] for words in said if "lost" in words]

    assert len(began) == len(set(began)), "a trial was run twice"
    assert {trial.number for trial in trials if trial.state in FINISHED} == ended
    assert len(ended) == total
    assert len(lost) == 1
    assert set(began) == ended | set(lost)
    failed = {
        trial.number: trial.user_attrs["failure"] for trial in trials if trial.number not in ended
    }
    assert failed.pop(lost[0]).startswith("lost")
    assert all(reason.startswith("withdrawn") for reason in failed.values())
    assert all(trial.state.is_finished() for trial in trials)
