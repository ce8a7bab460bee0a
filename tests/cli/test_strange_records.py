"""Whole records whose every text is a stranger's, through every command that shows one."""

from __future__ import annotations

import csv
import io
import json
import shutil

import pytest
from strangers import HOSTILE, PRINTED, assert_clean

from mnistkit.core.models import run_folder
from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.core.stored_json import parse

pytestmark = pytest.mark.thorough

WORDS = HOSTILE.replace("\ud800", "") + PRINTED
# What is one of some words, and what opens the model.
KEPT = {"status", "updated", "preparation", "schedule", "optimizer", "augmentation"}
CLASSES = [PRINTED, f"{PRINTED}2", *"23456789"]


def spoiled(value, key=""):
    """JSON values whose texts, and the names of which there may be any, are hostile."""
    match value:
        case dict():
            free = key in {"packages", "measured", "tracked", "options"}
            more = {WORDS: next(iter(value.values()), 1)} if free else {}
            return {name: spoiled(inner, name) for name, inner in (value | more).items()}
        case list() if key == "class_names":
            return CLASSES
        case list():
            return [spoiled(inner, key) for inner in value]
        case str() if key not in KEPT:
            return WORDS
    return value


@pytest.fixture(scope="module")
def strange(tmp_path_factory, trained_run):
    """A folder with runs of each kind, whole and hostile."""
    folder = tmp_path_factory.mktemp("strange")
    training = trained_run.record.to_json() | {
        "tracked": {"tensorboard": {"folder": "x"}},
        "command_line": WORDS,
    }
    bundled = json.loads((BUNDLED_RUN / run_folder.RECORD_FILE).read_text())
    for name, record in {"training": training, "bundled": bundled}.items():
        path = shutil.copytree(trained_run.path, folder / "runs" / name)
        (path / run_folder.RECORD_FILE).write_text(json.dumps(spoiled(record)))
        assert run_folder.read(path).finished
        # Its export has the class names that it was made with.
        (path / run_folder.EXPORTED_FILE).unlink()
    (folder / "runs" / "damaged").mkdir()
    (folder / "runs" / "damaged" / "run.json").write_text(json.dumps({WORDS: 1}))
    return folder


@pytest.fixture
def raw(mnistkit_in, strange):
    return lambda *words: mnistkit_in(strange, *words, text=False)


SHOWN = [
    ("runs",),
    ("runs", "--sort", "name", "--plot", "curves.png", "--force"),
    ("runs", "--format", "json"),
    ("runs", "--format", "csv"),
    *(
        ("summary", f"runs/{name}", "--format", format)
        for name in ("training", "bundled", "damaged")
        for format in ("text", "json")  # noqa: A001
    ),
    ("evaluate", "runs/training", "--dataset", "mnist-sample", "--limit", "9"),
    ("explain", "--model", "runs/training", "example:seven", "--format", "json", "--stride", "9"),
    ("explain", "--model", "runs/training", "example:seven", "--stride", "9"),
    ("predict", "--model", "runs/training", "example:seven", "--top", "10"),
    ("predict", "--model", "runs/training", "example:seven", "--top", "10", "--format", "csv"),
    ("predict", "--model", "runs/training", "example:seven", "--format", "json"),
    ("ensemble", "runs/training", "runs/bundled", "--output", "averaged"),
    ("export", "--model", "runs/training", "--dataset", "mnist-sample"),
    ("train", "--resume", "runs/training"),
]


@pytest.mark.sampled(5)
@pytest.mark.parametrize("words", SHOWN, ids=" ".join)
def test_no_text_of_a_record_drives_a_terminal_or_forges_a_line(raw, words):
    result = raw(*words)
    # In a pipe, CSV has the texts as they are, in quotes.
    assert_clean(*[result.stdout][: "csv" not in words], result.stderr)
    assert b"Traceback" not in result.stderr
    assert b"defect" not in result.stderr
    if result.returncode == 0 and "json" in words:
        parse(result.stdout, 10**7)
    if result.returncode == 0 and "csv" in words:
        assert b'"a\n' in result.stdout or words[0] != "runs"
        rows = [*csv.reader(io.StringIO(result.stdout.decode(), newline=""), strict=True)]
        assert len({*map(len, rows)}) == 1
