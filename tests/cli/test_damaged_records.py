"""A `run.json` with a wrong value anywhere: every command that reads it ends in one line."""

from __future__ import annotations

import copy
import json
import shutil

import pytest
from typer.testing import CliRunner

from mnistkit.cli.app import app
from mnistkit.core.models import run_folder
from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.ensembles import ensemble as ensembles
from mnistkit.errors import ModelError
from mnistkit.fetching.store import Store

pytestmark = pytest.mark.thorough

WRONG = [
    None,
    True,
    -5,
    2**70,
    float("nan"),
    float("inf"),
    0.5,
    "x",
    "\ud800",
    [],
    {},
    [3],
    {"a": 3},
]


def places(value, path=()):
    """Where there is something in a JSON document; of a list the first item stands for all."""
    if path:
        yield path
    inner = value.items() if isinstance(value, dict) else enumerate(value[:1])
    for key, item in inner:
        if isinstance(item, dict | list):
            yield from places(item, (*path, key))
        else:
            yield (*path, key)


def changed(record, path, value):
    """A copy of a record with another value at one place."""
    copied = copy.deepcopy(record)
    inner = copied
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return copied


def invoke(*words):
    answered = CliRunner().invoke(app, [str(word) for word in words])
    assert not isinstance(answered.exception, Exception), answered.exception
    assert "defect" not in answered.stderr, answered.stderr
    assert "Traceback" not in answered.stderr
    return answered


@pytest.fixture(scope="module")
def ensemble(trained_run, tmp_path_factory):
    """The record of two runs averaged."""
    output = tmp_path_factory.mktemp("ensemble") / "run"
    members = (str(trained_run.path), "bundled")
    request = ensembles.EnsembleRequest(
        members, dataset="mnist-sample", output=output, export=False
    )
    return ensembles.make(request, Store(), lambda _stage: None)


@pytest.fixture(params=["training", "ensemble"])
def record(request, trained_run):
    """A whole record, as it was written."""
    run = trained_run if request.param == "training" else request.getfixturevalue("ensemble")
    return json.loads((run.path / run_folder.RECORD_FILE).read_text())


@pytest.fixture
def damaged(trained_run, tmp_path):
    """Write a record into a copy of a run; its own model stands beside it."""
    folder = shutil.copytree(trained_run.path, tmp_path / "run")

    def write(record):
        (folder / run_folder.RECORD_FILE).write_text(json.dumps(record))
        return folder

    return write


def test_a_wrong_value_anywhere_is_named_in_one_line(record, damaged):
    refused = taken = 0
    evaluated = set()
    for path in places(record):
        for value in WRONG:
            folder = damaged(changed(record, path, value))
            answered = invoke("summary", folder)
            if answered.exit_code == 0:
                taken += 1
                if path not in evaluated:
                    evaluated.add(path)
                    invoke("evaluate", "--model", folder, "--limit", 1)
                continue
            refused += 1
            assert answered.exit_code == 3, (path, value)
            assert answered.stdout == ""
            (line,) = answered.stderr.splitlines()
            assert str(folder / run_folder.RECORD_FILE) in line
            # What JSON or UTF-8 has not is found before its place is.
            if str(value) not in {"nan", "inf", "\ud800"}:
                keys = [*map(str, path[-2:]), *(["classes"] if path[-1] == "class_names" else [])]
                assert any(key in line for key in keys), (path, value, line)
    # Most are of another type than belongs there.
    assert refused > 5 * taken > 0


def test_a_missing_field_is_named_in_one_line(record, damaged):
    for path in places(record):
        if isinstance(path[-1], int):
            continue
        copied = copy.deepcopy(record)
        inner = copied
        for key in path[:-1]:
            inner = inner[key]
        del inner[path[-1]]
        answered = invoke("summary", damaged(copied))
        assert answered.exit_code in {0, 3}
        # Without its members an ensemble lacks what a training has.
        named = "validation_learned" if path == ("members",) else path[-1]
        assert answered.exit_code == 0 or named in answered.stderr


SETTINGS = {
    "seed": -5,
    "learning_rate": "x",
    "epochs": 2**70,
    "batch_size": 0,
    "dropout": float("nan"),
    "schedule": ["cosine"],
    "options": {"width": [3]},
    "limit": "all",
    "validation": 1,
    "export": "no",
    "init": 3,
}


@pytest.mark.parametrize("name", SETTINGS)
def test_no_run_goes_on_with_settings_that_can_not_be(trained_run, damaged, name):
    record = changed(trained_run.record.to_json(), ("settings", name), SETTINGS[name])
    folder = damaged({**record, "status": "interrupted"})
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    for words in (("train", "--resume", folder), ("ensemble", folder, "bundled")):
        answered = invoke(*words)
        assert answered.exit_code == 3
        (line,) = answered.stderr.splitlines()
        assert name in line or name == "dropout"
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


@pytest.mark.sampled(4)
@pytest.mark.parametrize(
    ("path", "value", "exit_code"),
    [
        (("settings", "dataset"), "x", 3),
        (("settings", "limit"), 2, 2),
        (("settings", "batch_size"), 2**31 - 1, 0),
        (("dataset", "sha256"), "x", 4),
        (("dataset", "class_names"), ["a", "b"], 4),
        (("history",), [], 0),
        (("settings", "options"), {"name": 1}, 0),
    ],
    ids=str,
)
def test_a_run_whose_record_was_changed_goes_on_or_says_why_not(
    trained_run, damaged, path, value, exit_code
):
    record = changed(trained_run.record.to_json(), path, value) | {"status": "interrupted"}
    if exit_code == 0:
        record["settings"] |= {"epochs": 2, "export": False}
    answered = invoke("train", "--resume", damaged(record))
    assert answered.exit_code == exit_code, answered.stderr
    assert exit_code == 0 or len(answered.stderr.splitlines()) == 1


def test_options_that_no_network_has_are_named(trained_run, damaged):
    record = changed(
        trained_run.record.to_json(), ("settings", "options"), {"name": 1, "classes": 3}
    )
    folder = damaged({**record, "status": "interrupted", "history": []})
    (folder / run_folder.MODEL_FILE).unlink()
    answered = invoke("train", "--resume", folder)
    assert answered.exit_code == 2
    assert "classes" in answered.stderr.splitlines()[-1]


def test_a_model_that_lost_its_optimizer_can_not_go_on(trained_run, damaged):
    folder = damaged({**trained_run.record.to_json(), "status": "interrupted"})
    shutil.copy(BUNDLED_RUN / run_folder.MODEL_FILE, folder)
    answered = invoke("train", "--resume", folder)
    assert answered.exit_code == 3
    assert "expected a model with its optimizer" in answered.stderr.splitlines()[-1]


def test_a_number_too_long_to_be_read_is_refused(trained_run, damaged):
    folder = damaged(trained_run.record.to_json())
    text = (folder / run_folder.RECORD_FILE).read_text()
    (folder / run_folder.RECORD_FILE).write_text(text.replace('"seed": 0', f'"seed": {"9" * 5000}'))
    with pytest.raises(ModelError, match=r"run\.json: expected the record of a run"):
        run_folder.read(folder)
