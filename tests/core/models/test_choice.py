"""Which file a named model is opened from, and what is said of those that are none."""

from __future__ import annotations

import json
import re
import shutil

import numpy as np
import pytest
from typer.testing import CliRunner

from mnistkit import load
from mnistkit.cli.app import app
from mnistkit.core.models import tensorflow
from mnistkit.errors import ModelError
from mnistkit.prediction.opening import open_any, open_served

COMMANDS = ("predict", "evaluate", "export", "summary")


@pytest.fixture(scope="module")
def keras():
    return tensorflow.import_keras()


@pytest.fixture
def other(keras, tmp_path):
    """Another model's file, which was not exported."""
    keras.utils.set_random_seed(3)
    image = keras.Input((28, 28), dtype="uint8")
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(image))
    path = tmp_path / "my.keras"
    keras.Model(image, keras.layers.Dense(10, activation="softmax")(x)).save(path)
    return path


def call(command, path, tmp_path):
    """Run a command on a model, and on a picture where it takes one."""
    words = [command, *(["--model", path] if command != "summary" else [path])]
    if command == "predict":
        from PIL import Image

        Image.fromarray(np.eye(28, dtype=np.uint8) * 255).save(tmp_path / "x.png")
        words.insert(1, tmp_path / "x.png")
    if command == "evaluate":
        words += ["--dataset", "mnist-sample", "--limit", 5]
    return CliRunner().invoke(app, [str(word) for word in words])


def advised(answered):
    """The `mnistkit` command that an error ends with."""
    (line,) = answered.stderr.splitlines()
    (command,) = re.findall(r"`mnistkit ([^`]*)`$", line)
    return command.split()


@pytest.mark.usefixtures("offline")
def test_a_keras_file_is_served_by_its_own_export_alone(trained_run, other, tmp_path):
    shutil.copy(trained_run.exported, other.with_suffix(".onnx"))
    answered = call("predict", other, tmp_path)
    assert answered.exit_code == 3
    assert answered.stdout == ""
    assert "received the export of another model" in answered.stderr
    # What it says helps.
    assert CliRunner().invoke(app, advised(answered)).exit_code == 0
    assert call("predict", other, tmp_path).exit_code == 0
    np.testing.assert_allclose(
        open_served(other).predict(np.eye(28, dtype=np.uint8)[None] * 255),
        open_any(other).predict(np.eye(28, dtype=np.uint8)[None] * 255),
        atol=1e-5,
    )


@pytest.mark.usefixtures("offline")
def test_a_run_is_served_by_the_export_of_its_own_model_alone(trained_run, other, tmp_path):
    run = shutil.copytree(trained_run.path, tmp_path / "run")
    shutil.copy(other, run / "model.keras")
    for command in ("predict", "evaluate"):
        answered = call(command, run, tmp_path)
        assert answered.exit_code == 3, answered.stdout
        assert advised(answered) == ["export", "--model", str(run)]
    with pytest.raises(ModelError, match=r"expected .* to be exported from"):
        load(run)
    assert CliRunner().invoke(app, advised(answered)).exit_code == 0
    assert call("predict", run, tmp_path).exit_code == 0


def test_an_exported_file_needs_nothing_beside_it(trained_run, tmp_path):
    run = shutil.copytree(trained_run.path, tmp_path / "run")
    (run / "model.keras").unlink()
    assert open_served(run).card == open_served(trained_run.exported).card
    shutil.copy(run / "model.onnx", tmp_path / "alone.onnx")
    assert open_served(tmp_path / "alone.onnx").class_names == tuple("0123456789")


@pytest.mark.sampled(2)
@pytest.mark.parametrize("exported", [True, False])
def test_a_preparation_that_is_not_known_is_told_when_the_model_is_opened(
    trained_run, tmp_path, exported
):
    run = shutil.copytree(trained_run.path, tmp_path / "run")
    record = json.loads((run / "run.json").read_text())
    record["dataset"]["preparation"] = "of tomorrow"
    (run / "run.json").write_text(json.dumps(record))
    if exported:
        answered = CliRunner().invoke(app, ["export", "--model", str(run)])
        assert answered.exit_code == 0, answered.stderr
    else:
        (run / "model.onnx").unlink()
    with pytest.raises(ModelError, match="prepared by 'of tomorrow', which this mnistkit"):
        load(run)


@pytest.fixture(params=["channels", "floats", "flat"])
def foreign(request, keras, tmp_path):
    """A model made elsewhere, for other images than it is given here."""
    shape = {"channels": (28, 28, 1), "floats": (28, 28), "flat": (784,)}[request.param]
    layers = [keras.layers.Flatten(), keras.layers.Dense(10, activation="softmax")]
    keras.Sequential([keras.Input(shape), *layers]).save(tmp_path / "foreign.keras")
    return tmp_path / "foreign.keras"


@pytest.mark.parametrize("beside", [False, True])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_model_for_other_images_is_told_what_is_needed(
    trained_run, foreign, tmp_path, command, beside
):
    if beside and command != "export":
        shutil.copy(trained_run.exported, foreign.with_suffix(".onnx"))
    answered = call(command, foreign, tmp_path)
    assert answered.exit_code == 3
    (line,) = [line for line in answered.stderr.splitlines() if "mnistkit: error" in line]
    assert "expected a model from uint8 (n, 28, 28) to (n, classes) probabilities" in line
    assert "received one from float32 (None, " in line
    assert f"wrap it with `mnistkit import {foreign}`" in line
    assert "mnistkit export" not in line


@pytest.mark.sampled(3)
@pytest.mark.usefixtures("offline")
def test_what_is_imported_is_taken_by_each_command(foreign, tmp_path):
    words = ["--pixels", "0-1", "--ink", "bright", "--no-export", "--output", tmp_path / "run"]
    answered = CliRunner().invoke(app, ["import", *map(str, (foreign, *words))])
    assert answered.exit_code == 0, answered.stderr
    for command in ("summary", "evaluate", "export", "predict"):
        answered = call(command, tmp_path / "run", tmp_path)
        assert answered.exit_code == 0, answered.stderr


@pytest.mark.parametrize("command", ["evaluate", "export"])
def test_a_model_that_ends_without_a_softmax_is_told_so(keras, tmp_path, command):
    image = keras.Input((28, 28), dtype="uint8")
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(image))
    keras.Model(image, keras.layers.Dense(10)(x)).save(tmp_path / "logits.keras")
    answered = call(command, tmp_path / "logits.keras", tmp_path)
    assert answered.exit_code == 3
    assert "rows are probabilities and sum to 1" in answered.stderr.splitlines()[-1]
    assert "with `mnistkit import`" in answered.stderr.splitlines()[-1]


@pytest.mark.parametrize("command", COMMANDS)
def test_a_file_of_keras_s_older_format_is_told_how_to_import_it(
    keras, other, tmp_path, monkeypatch, command
):
    monkeypatch.chdir(tmp_path)
    keras.saving.load_model(other).save("old.h5")
    answered = call(command, "old.h5", tmp_path)
    assert answered.exit_code == 3
    (line,) = answered.stderr.splitlines()
    (advice,) = re.findall(r"`mnistkit ([^`]*)`$", line)
    assert advice == "import old.h5"
