"""`mnistkit import` as a user meets it."""

from __future__ import annotations

import json
import shlex

import pytest
from foreign import fitted, floats, network
from full_disk import no_file_above
from typer.testing import CliRunner

from mnistkit.cli.app import app
from mnistkit.core.models import tensorflow
from mnistkit.data.loading import load_split
from mnistkit.exporting import parity
from mnistkit.fetching.store import Store

pytestmark = pytest.mark.thorough


def invoke(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


@pytest.fixture(scope="module", autouse=True)
def here(tmp_path_factory):
    """A folder with a model made elsewhere, and its run."""
    train = load_split("mnist-sample", "train", Store())
    folder = tmp_path_factory.mktemp("here")
    fitted(network(), floats(train.images), train.class_indices).save(folder / "own.keras")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setattr(parity, "PROOF_IMAGES", 50)
        yield folder


@pytest.fixture(scope="module")
def made():
    return invoke("import", "own.keras")


def test_what_it_found_is_printed(made, here):
    assert made.exit_code == 0, made.stderr
    assert "pixels: 0-1, bright ink on black (" in made.stderr
    lines = made.stdout.splitlines()
    assert lines[0] == "input                float32 (28, 28), 0-1, bright ink on black"
    assert lines[1] == "output               probabilities"
    assert lines[-1] == "  mnistkit evaluate --model runs/own"
    names = {path.name for path in (here / "runs" / "own").iterdir()}
    assert names == {"run.json", "model.keras", "model.onnx"}


@pytest.mark.usefixtures("made")
def test_the_summary_tells_the_command_that_imports_it_again(here, tmp_path, monkeypatch):
    described = json.loads(invoke("summary", "runs/own", "--format", "json").stdout)
    program, *words = shlex.split(described["command"])
    assert program == "mnistkit"
    monkeypatch.chdir(tmp_path)
    again = invoke(*words, "--no-export", "--format", "json", "--output", "again")
    assert json.loads(again.stdout)["imported"]["pixels"] == described["imported"]["pixels"]
    assert f"file        {here}/own.keras" in invoke("summary", "again").stdout


@pytest.mark.slow
@pytest.mark.usefixtures("made", "offline")
def test_every_command_takes_the_run():
    for words in (
        "predict example:seven --model runs/own",
        "evaluate runs/own --dataset mnist-sample --limit 50",
        "export runs/own",
        "ensemble runs/own bundled --dataset mnist-sample --no-export --output both",
        "train --init runs/own --dataset mnist-sample --limit 50 --epochs 1 --output further",
    ):
        answered = invoke(*words.split())
        assert answered.exit_code == 0, (words, answered.stderr)
    assert "runs/own, imported, not measured" in invoke("summary", "both").stdout
    settings = json.loads(invoke("summary", "further", "--format", "json").stdout)["settings"]
    assert settings["architecture"] == "imported"
    assert settings["dropout"] == 0


@pytest.mark.usefixtures("made")
@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        ("import own.keras", 2, "exists already"),
        ("import runs/own --output new", 2, "a run, which every command takes"),
        ("import absent.keras", 3, "no model at absent.keras"),
        ("import runs/own/model.onnx", 3, "name the Keras model it was made from"),
        ("import own.keras --output new --classes a,b", 2, "received 2 (a, b)"),
        ("import own.keras --output new --classes a,,b", 2, "a name between all commas"),
        ("import own.keras --output new --classes a,a", 2, "received 'a' twice"),
        ("import own.keras --output new --fit pad", 2, "expected --fit none"),
        ("import own.keras --output new --classes 1,0,2,3,4,5,6,7,8,9", 2, "expected --pixels"),
        ("train --resume runs/own", 2, "an imported model"),
    ],
)
def test_nonsense_ends_in_one_line(here, words, exit_code, said):
    before = sorted(here.rglob("*"))
    answered = invoke(*words.split())
    assert answered.exit_code == exit_code, answered.stderr
    assert answered.stdout == ""
    assert said in answered.stderr.splitlines()[-1]
    assert sorted(here.rglob("*")) == before


def test_what_was_found_is_printed_where_the_export_is_refused(tmp_path):
    layers = tensorflow.import_keras().layers
    # A mean of whole pixels, where ONNX takes the nearest.
    network((28, 28, 1), first=[layers.Resizing(19, 19, "area")]).save(tmp_path / "own.keras")
    words = ["--pixels", "0-1", "--ink", "bright", "--output", tmp_path / "run"]
    answered = invoke("import", tmp_path / "own.keras", *words)
    assert answered.exit_code == 4
    assert answered.stdout.startswith("input                float32 (28, 28, 1), 0-1, bright ink")
    assert f"{tmp_path}/run/model.onnx was not written" in answered.stderr.splitlines()[-1]


def test_a_full_disk_leaves_nothing(here):
    before = sorted(here.rglob("*"))
    with no_file_above(10_000):
        answered = invoke("import", "own.keras", "--output", "full")
    assert answered.exit_code == 1
    assert "could not be written" in answered.stderr.splitlines()[-1]
    assert sorted(here.rglob("*")) == before


@pytest.mark.parametrize(
    ("text", "names"),
    [("0-9", "0123456789"), ("3", "012"), ("A-C", "ABC"), (" a, b ", "ab")],
)
def test_class_names_are_listed_counted_or_a_range(text, names):
    from mnistkit.core.class_names import from_text

    assert "".join(from_text(text)) == names
