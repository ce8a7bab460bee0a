"""Which runs are in a folder, and how each stands."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest
from listed_runs import RECORD, write_run
from permissions import reachable_folder, refused

from mnistkit.core.claims import claim_folder, is_claimed
from mnistkit.core.models.run_listing import list_runs
from mnistkit.errors import InputError, UsageError


def only(folder):
    (run,) = list_runs(folder).runs
    return run


def test_a_finished_run_has_the_figures_of_its_record(tmp_path):
    folder = write_run(tmp_path / "a", accuracy=0.99)
    (folder / "model.keras").write_bytes(b"x" * 1000)
    run = only(tmp_path)
    assert (run.name, run.path) == ("a", str(folder))
    assert (run.architecture, run.dataset) == ("vgg", "mnist")
    assert run.epochs == run.planned_epochs == RECORD["settings"]["epochs"]
    assert run.validation == RECORD["metrics"]["validation"]["accuracy"]
    assert run.test == 0.99
    assert run.size == 1000 + (folder / "run.json").stat().st_size
    assert (run.when, run.status, run.error) == (RECORD["updated"], "finished", None)


def test_a_run_is_running_while_a_process_holds_its_folder_and_interrupted_after(tmp_path):
    folder = write_run(tmp_path / "a", epochs=3, status="running")
    with claim_folder(folder):
        run = only(tmp_path)
        assert run.status == "running"
    assert (run.epochs, run.planned_epochs, run.test) == (
        3,
        RECORD["settings"]["epochs"],
        None,
    )
    assert run.validation == RECORD["history"][2]["validation_accuracy"]
    assert only(tmp_path).status == "interrupted"


KILLED = """
import os, sys, time
from pathlib import Path
from mnistkit.core.claims import claim_folder
with claim_folder(Path(sys.argv[1])):
    print("claimed", flush=True)
    sys.stdin.read()
"""


def test_a_killed_process_leaves_an_interrupted_run_that_nobody_holds(tmp_path):
    folder = write_run(tmp_path / "a", epochs=3, status="running")
    command = [sys.executable, "-c", KILLED, folder]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        process.stdout.readline()
        assert only(tmp_path).status == "running"
        process.kill()
    before = sorted(folder.iterdir())
    assert only(tmp_path).status == "interrupted"
    # Asking changes nothing, and keeps nobody from going on.
    assert sorted(folder.iterdir()) == before
    with claim_folder(folder):
        assert is_claimed(folder)
    assert not is_claimed(folder)


def test_an_ensemble_has_no_epochs(tmp_path):
    member = {"run": "a", "architecture": "cnn", "dataset": "mnist", "accuracy": 0.5}
    members = [member | {"sha256": "0", "saw_test_images": False}]
    left_out = {"validation_learned", "init_sha256"}
    folder = write_run(tmp_path / "a")
    record = {key: value for key, value in RECORD.items() if key not in left_out}
    settings = {"architecture": "ensemble", "dataset": "mnist", "export": True}
    record |= {"settings": settings, "members": members, "command": "x", "history": []}
    (folder / "run.json").write_text(json.dumps(record))
    run = only(tmp_path)
    assert (run.architecture, run.epochs, run.planned_epochs) == ("ensemble", None, None)
    assert run.status == "finished"


def test_what_is_no_run_is_named_and_what_is_damaged_is_listed_with_the_reason(tmp_path):
    (tmp_path / "notes").mkdir()
    (tmp_path / "file.txt").write_text("x")
    (tmp_path / ".mnistkit-tmp-1").mkdir()
    (tmp_path / "half").mkdir()
    (tmp_path / "half" / "model.keras").write_text("x")
    (tmp_path / "damaged").mkdir()
    (tmp_path / "damaged" / "run.json").write_text("{")
    (tmp_path / "folder" / "run.json").mkdir(parents=True)
    listing = list_runs(tmp_path)
    assert listing.others == ("half", "notes")
    assert {run.name: run.status for run in listing.runs} == {
        "damaged": "unreadable",
        "folder": "unreadable",
    }
    assert all("run.json: expected" in run.error for run in listing.runs)


def test_a_folder_that_may_not_be_read_is_listed_with_the_reason():
    with reachable_folder() as runs, refused(write_run(runs / "a", accuracy=0.9)):
        run = only(runs)
    assert run.status == "unreadable"
    assert "no permission" in run.error


@pytest.fixture
def several(tmp_path):
    for name, accuracy, day in (("b", 0.9, 2), ("a", 0.95, 1), ("c", None, 3)):
        write_run(
            tmp_path / name,
            accuracy=accuracy,
            epochs=len(name) * day,
            updated=f"2026-01-0{day}T00:00:00.000+00:00",
        )
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "run.json").write_text("")
    return list_runs(tmp_path)


@pytest.mark.parametrize(
    ("column", "order"),
    [
        ("when", "cbax"),
        ("name", "abcx"),
        ("test", "abcx"),
        ("epochs", "cbax"),
        ("architecture", "cbax"),
        ("status", "bacx"),
    ],
)
def test_runs_are_sorted_with_unknown_values_last(several, column, order):
    assert "".join(run.name for run in several.sorted_by(column)) == order


def test_a_run_or_nothing_in_the_place_of_a_folder_of_runs_is_refused(tmp_path):
    folder = write_run(tmp_path / "a", accuracy=0.9)
    with pytest.raises(UsageError, match="mnistkit summary"):
        list_runs(folder)
    with pytest.raises(InputError, match="no such folder"):
        list_runs(tmp_path / "absent")
    with pytest.raises(InputError, match="a file where a folder is needed"):
        list_runs(folder / "run.json")
    with pytest.raises(InputError):
        list_runs(tmp_path / "a\0b")
