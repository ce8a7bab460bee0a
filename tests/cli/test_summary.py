"""`mnistkit summary` as a user meets it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
from dataclasses import asdict
from importlib.metadata import version

import pytest
from typer.testing import CliRunner

from mnistkit import plugins
from mnistkit.cli.app import app
from mnistkit.training import train
from mnistkit.training.settings import from_request, training_record

# As in the reference network's table: layer, output, parameters.
ROWS = [
    ("Conv2D", "62, 62, 32", "896"),
    ("MaxPooling2D", "31, 31, 32", "0"),
    ("Conv2D", "29, 29, 64", "18,496"),
    ("MaxPooling2D", "14, 14, 64", "0"),
    ("Conv2D", "12, 12, 128", "73,856"),
    ("MaxPooling2D", "6, 6, 128", "0"),
    ("Flatten", "4608", "0"),
    ("Dense", "128", "589,952"),
    ("Dropout", "128", "0"),
    ("Dense", "10", "1,290"),
    ("total", "", "684,490"),
]


def summary(*words):
    return CliRunner().invoke(app, ["summary", *map(str, words)])


@pytest.fixture(scope="module")
def subjects(trained_run, tmp_path_factory):
    """The same network in every form."""
    folder = tmp_path_factory.mktemp("models")
    return {
        "architecture": "cnn",
        "run": trained_run.path,
        "a run's .keras": trained_run.model,
        "a run's .onnx": trained_run.exported,
        "lone .keras": shutil.copy(trained_run.model, folder / "keras-file.keras"),
        "lone .onnx": shutil.copy(trained_run.exported, folder / "onnx-file.onnx"),
    }


KINDS = ("architecture", "run", "a run's .keras", "a run's .onnx", "lone .keras", "lone .onnx")


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_is_the_same_of_every_form(subjects, kind):
    answered = summary(subjects[kind])
    assert answered.exit_code == 0, answered.stderr
    table, *_ = answered.stdout.split("\n\n")
    lines = [line for line in table.splitlines() if any(map(str.isalnum, line))]
    assert lines[0].split() == ["layer", "output", "parameters"]
    assert len(lines) == 1 + len(ROWS)
    for line, (layer, output, parameters) in zip(lines[1:], ROWS, strict=True):
        assert line.split()[0] == layer
        assert output in line
        assert line.rstrip().endswith(f" {parameters}")


@pytest.mark.parametrize("kind", KINDS)
def test_the_json_is_the_same_of_every_form(subjects, kind):
    answered = summary(subjects[kind], "--format", "json")
    described = json.loads(answered.stdout)
    more = {
        "run": ["command", "settings", "dataset", "plugins", "packages", "metrics"],
        "architecture": ["summary", "recipe", "options"],
    }
    assert list(described) == ["name", "layers", "total_parameters", *more.get(kind, [])]
    assert described["name"] == "cnn"
    assert described["total_parameters"] == 684_490
    for layer, (type_, output, parameters) in zip(described["layers"], ROWS[:-1], strict=True):
        assert set(layer) == {"name", "type", "output_shape", "parameters"}
        assert layer["type"] == type_
        assert layer["output_shape"] == [int(size) for size in output.split(", ")]
        assert layer["parameters"] == int(parameters.replace(",", ""))
    recorded = json.loads(summary(subjects["run"], "--format", "json").stdout)
    types = [layer["type"] for layer in recorded["layers"]]
    assert [layer["type"] for layer in described["layers"]] == types


def test_an_architecture_tells_its_recipe_as_options_of_train():
    _, plan = summary("vgg").stdout.split("\n\n")
    architecture = plugins.load("architecture", "vgg")
    assert architecture.summary in plan
    recipe = asdict(architecture.recipe)
    assert (
        f"  with few images more epochs, until there are {recipe.pop('fewest_steps')} steps" in plan
    )
    for name, value in recipe.items():
        assert f"--{name.replace('_', '-')} {value}\n" in plan
    assert "--option width=32  worth trying: 16, 24" in plan


def test_a_run_tells_how_it_came_to_be(subjects, trained_run):
    record = trained_run.record.to_json()
    described = json.loads(summary(subjects["run"], "--format", "json").stdout)
    for key in ("settings", "dataset", "plugins", "packages", "metrics"):
        assert described[key] == record[key]
    _, told = summary(subjects["run"]).stdout.split("\n\n")
    assert max(map(len, told.splitlines())) <= 80
    heading, command, rest = re.split(r"^(?=command|data)", told, flags=re.MULTILINE)
    assert heading == ""
    assert shlex.split(command.replace("\\\n", ""))[1:] == shlex.split(described["command"])
    facts = dict(line.split(maxsplit=1) for line in rest.replace("\n  ", " ").splitlines())
    assert facts["data"] == "mnist-sample"
    assert facts["SHA-256"] == record["dataset"]["sha256"]
    packages = [" ".join(package.split()) for package in facts["packages"].split(",")]
    assert packages == [f"{name} {number}" for name, number in record["packages"].items()]
    assert packages[0] == f"mnistkit {version('mnistkit')}"
    accuracy = record["metrics"]["test"]["accuracy"]
    assert facts["test"] == f"{accuracy:.2%} of 1,000"
    assert list(facts) == ["data", "SHA-256", "packages", "train", "validation", "test"]


def test_the_command_of_a_run_asks_for_the_same_training(trained_run, monkeypatch):
    asked = []
    monkeypatch.setattr(train, "begin", lambda request, *_: asked.append(request) or trained_run)
    described = json.loads(summary(trained_run.path, "--format", "json").stdout)
    program, *words = shlex.split(described["command"])
    assert program == "mnistkit"
    CliRunner().invoke(app, words)
    (request,) = asked
    architecture = plugins.load("architecture", "cnn")
    assert (
        from_request(request, architecture, "mnist-sample") == training_record(trained_run).settings
    )


def test_the_summary_of_an_unfinished_run_lacks_what_was_not_measured(trained_run, tmp_path):
    record = trained_run.record.to_json() | {"status": "interrupted", "metrics": None}
    (tmp_path / "run.json").write_text(json.dumps(record))
    answered = summary(tmp_path)
    assert answered.exit_code == 0
    assert "command" in answered.stdout
    assert " of 1,000" not in answered.stdout


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("cnm", "did you mean cnn"),
        ("absent.onnx", "absent.onnx"),
        ("empty", "run.json"),
        ("notes.txt", "expected an architecture, a run folder, a .keras file, an exported model"),
        ("damaged.keras", "damaged"),
        ("damaged.onnx", "whole ONNX file"),
    ],
)
def test_what_has_no_layers_is_refused_in_one_line(tmp_path, monkeypatch, subject, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    for name in ("notes.txt", "damaged.keras", "damaged.onnx"):
        (tmp_path / name).write_text("no model")
    answered = summary(subject)
    assert answered.exit_code == 3
    assert answered.stdout == ""
    assert said in answered.stderr
    assert len(answered.stderr.splitlines()) == 1
