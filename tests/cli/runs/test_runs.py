"""`mnistkit runs` as a user meets it."""

from __future__ import annotations

import csv
import io
import json

import pytest
from listed_runs import RECORD, write_run
from PIL import Image
from typer.testing import CliRunner

from mnistkit.cli.app import app

LONG = "20261122-122352-resnet-folder-my-own-digits-of-2026"


def runs(*words):
    answered = CliRunner().invoke(app, ["runs", *map(str, words)])
    assert "Traceback" not in answered.stderr
    assert not isinstance(answered.exception, Exception), answered.exception
    return answered


@pytest.fixture
def place(tmp_path):
    """Two finished runs, one interrupted, and a folder of notes."""
    write_run(tmp_path / "a", accuracy=0.99, updated="2026-01-02T00:00:00.000+00:00")
    write_run(tmp_path / LONG, accuracy=0.95, updated="2026-01-01T00:00:00.000+00:00")
    write_run(tmp_path / "c", epochs=2, updated="2026-01-03T00:00:00.000+00:00")
    (tmp_path / "notes").mkdir()
    return tmp_path


def test_the_list_has_two_lines_a_run_within_80_columns(place):
    answered = runs(place)
    assert answered.exit_code == 0
    lines = answered.stdout.splitlines()
    assert max(map(len, lines)) <= 80
    assert lines[0].split() == ["name", "validation", "test", "when", "status"]
    epochs = RECORD["settings"]["epochs"]
    second, last = RECORD["history"][1]["validation_accuracy"], RECORD["metrics"]["validation"]
    assert lines[1].split() == ["c", f"{second:.2%}", "-", "2026-01-03", "interrupted"]
    assert lines[2] == f"  vgg on mnist, 2 of {epochs} epochs, 0.0 MB"
    assert lines[3].split() == ["a", f"{last['accuracy']:.2%}", "99.00%", "2026-01-02", "finished"]
    assert lines[4] == f"  vgg on mnist, {epochs} epochs, 0.0 MB"
    assert lines[5] == LONG
    assert answered.stderr == "without a run.json, and left out: notes\n"


def test_json_and_csv_have_the_same_values(place):
    listed = json.loads(runs(place, "--format", "json").stdout)
    rows = list(csv.DictReader(io.StringIO(runs(place, "--format", "csv").stdout)))
    assert [run["name"] for run in listed] == ["c", "a", LONG]
    for run, row in zip(listed, rows, strict=True):
        assert run.pop("error") is None
        assert {key: "" if value is None else str(value) for key, value in run.items()} == row


def test_the_list_is_sorted_by_a_column(place):
    by_test = json.loads(runs(place, "--sort", "test", "--format", "json").stdout)
    assert [run["name"] for run in by_test] == ["a", LONG, "c"]
    refused = runs(place, "--sort", "nonsense")
    assert refused.exit_code == 2
    assert "expected one of 'name'" in refused.stderr


def test_a_damaged_record_costs_the_exit_code_and_no_other_row(place):
    (place / "damaged").mkdir()
    (place / "damaged" / "run.json").write_text('{"status": "\x1b[31m"}')
    for name in ("text", "csv"):
        answered = runs(place, "--format", name)
        assert answered.exit_code == 1
        assert "unreadable" in answered.stdout
        assert "\x1b" not in answered.stdout + answered.stderr
        assert answered.stderr.count("mnistkit: error: ") == 1
    answered = runs(place, "--format", "json")
    assert answered.exit_code == 1
    assert "run.json: expected" in json.loads(answered.stdout)[-1]["error"]
    assert "error" not in answered.stderr


def test_without_runs_the_next_step_is_said(tmp_path):
    answered = runs(tmp_path)
    assert (answered.exit_code, answered.stdout) == (0, "")
    assert "mnistkit train" in answered.stderr
    assert json.loads(runs(tmp_path, "--format", "json").stdout) == []
    assert runs(tmp_path / "absent").exit_code == 1


def test_names_of_strangers_drive_no_terminal(tmp_path):
    write_run(tmp_path / "\x1b[31mred\n", accuracy=0.9)
    (tmp_path / "\x1b[2Jnotes").mkdir()
    answered = runs(tmp_path, "--plot", tmp_path / "curves.svg")
    assert answered.exit_code == 0
    assert "\x1b" not in answered.stdout + answered.stderr
    assert "\\x1b[31mred\\n" in answered.stdout


def test_the_curves_of_several_runs_are_drawn(place):
    write_run(place / "$x$", epochs=1, accuracy=0.9)
    no_validation = [{"epoch": 1, "loss": None, "accuracy": 0.5, "seconds": None}]
    no_validation[0]["images_per_second"] = None
    write_run(place / "_d", accuracy=0.9, history=no_validation)
    for suffix in ("png", "svg"):
        answered = runs(place, "--plot", place / f"curves.{suffix}")
        assert answered.exit_code == 0, answered.stderr
    Image.open(place / "curves.png").verify()
    drawn = (place / "curves.svg").read_text()
    for text in ("on mnist", "test 90.00%: $x$", "_d, on training images", "interrupted: c"):
        assert f"<!-- {text}" in drawn or f"{text} -->" in drawn, text
    assert runs(place, "--plot", place / "curves.png").exit_code == 2


def test_a_plot_of_nothing_is_refused(tmp_path):
    answered = runs(tmp_path, "--plot", tmp_path / "curves.png")
    assert answered.exit_code == 2
    assert not list(tmp_path.iterdir())
