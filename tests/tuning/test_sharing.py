"""Several processes on one study, one of them killed in the middle of a trial."""

from __future__ import annotations

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState

from mnistkit.tuning.storage import open_storage

pytestmark = pytest.mark.thorough

WORKER = Path(__file__).with_name("worker_process.py")
FINISHED = {TrialState.COMPLETE, TrialState.PRUNED}
TOTAL = 8

# What a machine that hangs is told by, not how long anything takes.
PATIENCE_SECONDS = 300


def wait_until(happened):
    until = time.monotonic() + PATIENCE_SECONDS
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.05)


@pytest.fixture(scope="module")
def server():
    """A PostgreSQL server on loopback; gives the URL of it, without a database."""
    pytest.importorskip("psycopg", reason="pip install 'psycopg[binary]'")
    found = [*Path("/usr/lib/postgresql").glob("*/bin/initdb"), shutil.which("initdb")]
    if not found[0]:
        pytest.skip("apt-get install postgresql")
    # PostgreSQL refuses to run as root; Debian's package makes a user for it.
    options = {"user": "postgres"} if os.geteuid() == 0 else {}
    with tempfile.TemporaryDirectory() as folder:
        shutil.chown(folder, options.get("user", os.geteuid()))
        options |= {"cwd": folder, "stdout": subprocess.DEVNULL}
        port = free_port()
        subprocess.run(
            [found[0], "--pgdata=data", "--username=postgres", "--auth=trust", "--no-sync"],
            check=True,
            **options,
        )
        program = Path(found[0]).with_name("postgres")
        words = ["-D", "data", "-h", "127.0.0.1", "-p", str(port), "-k", folder, "-F"]
        with subprocess.Popen([program, *words], stderr=subprocess.DEVNULL, **options) as running:
            url = f"postgresql://postgres@127.0.0.1:{port}"
            wait_until(lambda: answers(port))
            yield url
            # A fast shutdown: it waits for no connection.
            running.send_signal(signal.SIGINT)


def free_port():
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


def answers(port):
    import psycopg

    try:
        psycopg.connect(f"postgresql://postgres@127.0.0.1:{port}/postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def execute(url, command, *values):
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(command, values)


@pytest.fixture
def postgresql(server, request):
    """A new database."""
    name = f"test_{abs(hash(request.node.name))}"
    execute(f"{server}/postgres", f"create database {name}")
    return f"{server}/{name}"


@pytest.fixture(params=["journal", "postgresql"])
def url(request, journal):
    if request.param == "journal":
        return f"journal:{journal}"
    return request.getfixturevalue("postgresql")


@pytest.fixture
def start(tmp_path):
    """Start a worker; its trials wait for a line each, unless they are free."""
    workers = []

    def start_it(url, *, free=False):
        worker = subprocess.Popen(
            [sys.executable, WORKER, url, tmp_path / "study", str(TOTAL)],
            stdin=subprocess.DEVNULL if free else subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        workers.append(worker)
        return worker

    yield start_it
    for worker in workers:
        with worker:
            worker.kill()


def trial_begun(worker):
    """The number of a worker's first trial, which it has begun."""
    line = worker.stdout.readline()
    assert line, worker.stderr.read()
    return json.loads(line)["began"]


def finish(workers):
    """Let workers run to their end; what they say."""
    said = []
    for worker in workers:
        if worker.stdin:
            worker.stdin.close()
            worker.stdin = None
    for worker in workers:
        stdout, stderr = worker.communicate(timeout=PATIENCE_SECONDS)
        assert worker.returncode == 0, stderr
        assert stderr == ""
        said += map(json.loads, stdout.splitlines())
    return said


def trials_in(url):
    storage = open_storage(url)
    trials = optuna.load_study(storage=storage, study_name="shared").trials
    if not url.startswith("journal:"):
        storage.engine.dispose()
    return trials


@pytest.mark.sampled(2)
def test_workers_that_start_at_once_share_a_study(url, start, tmp_path):
    said = finish([start(url, free=True) for _ in range(2)])
    trials = trials_in(url)
    began = [words["began"] for words in said if "began" in words]
    assert sorted(began) == [trial.number for trial in trials], "a trial was run twice"
    assert {trial.state for trial in trials} <= FINISHED
    # One more for each worker but the first.
    assert TOTAL <= len(trials) <= TOTAL + 1

    folder = tmp_path / "study"
    recorded = json.loads((folder / "study.json").read_text())
    assert [row["number"] for row in recorded["trials"]] == sorted(began)
    best = recorded["best"]
    assert best["accuracy"] == max(t.value for t in trials if t.state == TrialState.COMPLETE)
    assert (folder / "best.sh").read_text() == f"{best['command']}\n"
    assert {path.name for path in folder.iterdir()} == {"study.json", "best.sh"}


def test_the_trial_of_a_worker_that_is_killed_is_retried_once(postgresql, start):
    doomed = start(postgresql)
    lost = trial_begun(doomed)
    others = [start(postgresql) for _ in range(2)]
    begun = [trial_begun(worker) for worker in others]
    beat = "select trial_id from trial_heartbeats natural join trials where number = %s"
    wait_until(lambda: execute(postgresql, beat, lost).fetchone())
    doomed.kill()
    doomed.wait()
    # Hours later, as the database's clock has it.
    late = "update trial_heartbeats set heartbeat = heartbeat - interval '1 day' where trial_id = "
    execute(postgresql, f"{late}({beat})", lost)

    begun += [words["began"] for words in finish(others) if "began" in words]
    trials = trials_in(postgresql)
    assert len(begun) == len(set(begun)), "a trial was run twice"
    assert {trial.number for trial in trials if trial.state in FINISHED} == set(begun)
    assert TOTAL <= len(begun) <= TOTAL + 1
    assert trials[lost].state == TrialState.FAIL
    retries = [trial for trial in trials if trial.system_attrs.get("failed_trial") == lost]
    assert [trial.params for trial in retries] == [trials[lost].params]
    assert retries[0].state in FINISHED


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_its_trial_in_a_journal(journal, start):
    url = f"journal:{journal}"
    doomed = start(url)
    lost = trial_begun(doomed)
    other = start(url)
    begun = [trial_begun(other)]
    doomed.kill()
    doomed.wait()
    begun += [words["began"] for words in finish([other]) if "began" in words]
    trials = trials_in(url)
    assert len(begun) == len(set(begun)) == TOTAL
    assert {trial.number for trial in trials if trial.state in FINISHED} == set(begun)
    assert [trial.number for trial in trials if trial.state == TrialState.RUNNING] == [lost]


@pytest.mark.slow
def test_a_worker_outlives_its_connections_to_the_database(postgresql, start):
    worker = start(postgresql)
    trial_begun(worker)
    execute(
        postgresql,
        "select pg_terminate_backend(pid) from pg_stat_activity "
        "where datname = current_database() and pid <> pg_backend_pid()",
    )
    finish([worker])
    assert [trial.state in FINISHED for trial in trials_in(postgresql)] == [True] * TOTAL
