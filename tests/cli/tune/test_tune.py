"""`mnistkit tune` as a user meets it."""

from __future__ import annotations

import json
import re
import shlex
import signal
import subprocess
import sys

import pytest
from typer.testing import CliRunner

from mnistkit.cli.app import app
from mnistkit.core import packages

pytestmark = pytest.mark.thorough

SMALL = ("--dataset", "mnist-sample", "--limit", "64", "--epochs", "1")
BEGAN = re.compile(
    r"^trial 0: learning_rate 0\.001, dropout 0\.5, batch_size 8, schedule constant, "
    r"augmentation none, option\..*$",
    re.MULTILINE,
)


def tune(*words):
    return CliRunner().invoke(app, ["tune", *map(str, words)])


def test_a_study_is_made_and_goes_on_by_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    first = tune(*SMALL, "--trials", 1)
    assert first.exit_code == 0, first.stderr
    assert "study cnn-mnist-sample: 0 of 1 trials finished\n" in first.stderr
    assert BEGAN.search(first.stderr)
    assert re.search(
        r"^trial 0: \d+\.\d\d% in \d+\.\d s; best \d+\.\d\d%, trial 0$", first.stderr, re.MULTILINE
    )
    results, command = first.stdout.split("next\n")
    lines = dict(re.split(r" {2,}", line, maxsplit=1) for line in results.splitlines())
    assert lines["trials"] == "1 finished, 0 of them pruned; 0 failed"
    assert lines["learning_rate"] == "0.001"
    assert command.startswith("  mnistkit train --architecture cnn --dataset mnist-sample ")
    assert max(map(len, command.splitlines())) <= 80
    best = (tmp_path / "studies" / "cnn-mnist-sample" / "best.sh").read_text()
    assert shlex.split(command.replace("\\\n", "")) == shlex.split(best)

    more = tune(*SMALL, "--trials", 2, "--format", "json")
    assert more.exit_code == 0, more.stderr
    assert "1 of 2 trials finished; best " in more.stderr
    assert "trial 0: learning_rate" not in more.stderr
    result = json.loads(more.stdout)
    assert result["counts"]["complete"] == 2
    assert result["folder"] == "studies/cnn-mnist-sample"

    other = tune(*SMALL[:-1], 2, "--trials", 2)
    assert other.exit_code == 2
    assert "expected epochs 1, as study 'cnn-mnist-sample' has, received 2" in other.stderr


# The first trial begins with importing Keras.
@pytest.mark.parametrize(("trial", "is_there_a_best"), [(0, False), (1, True)])
def test_ctrl_c_prints_the_best_so_far_and_says_how_to_go_on(
    clean_environment, tmp_path, trial, is_there_a_best
):
    command = [sys.executable, "-m", "mnistkit", "tune", *SMALL, "--trials", "500"]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
    with subprocess.Popen(command, cwd=tmp_path, env=clean_environment, **streams) as process:
        for line in process.stderr:
            if line.startswith(f"trial {trial}: learning_rate"):
                break
        process.send_signal(signal.SIGINT)
        stdout, stderr = process.communicate(timeout=300)
    assert process.returncode == 130, stderr
    assert "of 500 trials finished; repeat the command to continue" in stderr
    assert ("validation accuracy" in stdout) == is_there_a_best
    recorded = json.loads((tmp_path / "studies/cnn-mnist-sample/study.json").read_text())
    assert recorded["trials"][-1]["failure"] == "interrupted"
    assert "running" not in recorded["counts"]


@pytest.mark.parametrize(
    ("storage", "code", "told"),
    [
        ("redis://localhost", 2, "expected a storage such as journal:PATH, postgresql://"),
        ("mysql://me@localhost/studies", 3, "install it with `pip install 'mysqlclient'`"),
        ("journal:.", 3, "is a folder, not a file"),
        ("journal:damaged.log", 3, "a damaged one or something else"),
    ],
)
def test_a_storage_that_can_not_be_used_is_told_in_one_line(
    storage, code, told, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "damaged.log").write_bytes(b"\x89PNG\r\n")
    answered = tune(*SMALL, "--storage", storage)
    assert answered.exit_code == code
    assert told in answered.stderr
    assert answered.stderr.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["damaged.log"]


def test_without_optuna_the_command_says_how_to_install_it(monkeypatch):
    monkeypatch.setattr(packages, "find_spec", lambda _: None)
    answered = tune(*SMALL)
    assert answered.exit_code == 3
    assert "pip install '.[tune]'" in answered.stderr


@pytest.mark.parametrize("time", ["0s", "3", "h", "-1h", "3x", "nans"])
def test_a_time_that_is_none_is_refused(time):
    answered = tune(*SMALL, "--timeout", time)
    assert answered.exit_code == 2
    assert f"expected a time such as 30s, 10m or 1h, received '{time}'" in answered.stderr


def test_help_loads_no_optuna():
    program = "import atexit, sys; from mnistkit.cli.app import main\n"
    program += "atexit.register(lambda: print('optuna' in sys.modules))\nmain()"
    ended = subprocess.run(
        [sys.executable, "-c", program, "tune", "--help"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert ended.stdout.endswith("False\n")
