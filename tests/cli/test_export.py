"""`mnistkit export` as a user meets it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from mnistkit.cli.app import app
from mnistkit.core.models import keras_file, tensorflow
from mnistkit.prediction.opening import open_served

FIGURES = {
    "max_abs_diff",
    "label_agreement",
    "images",
    "batch_sizes",
    "opset",
    "path",
    "bytes",
    "passed",
}


def strict(text):
    """Read JSON as every reader of it does: NaN is none."""

    def refuse(word):
        raise AssertionError(word)

    return json.loads(text, parse_constant=refuse)


def export(*words):
    return CliRunner().invoke(app, ["export", *map(str, words)])


pytestmark = pytest.mark.usefixtures("offline")


@pytest.fixture
def small(tmp_path, monkeypatch):
    """A small model in the current folder, alone."""
    keras = tensorflow.import_keras()
    keras.utils.set_random_seed(1)
    image = keras.Input((28, 28), dtype="uint8")
    x = keras.layers.Flatten()(keras.layers.Rescaling(1 / 255)(image))
    x = keras.layers.Dense(10, activation="softmax")(x)
    keras.Model(image, x).save(tmp_path / "small.keras")
    monkeypatch.chdir(tmp_path)
    return Path("small.keras")


def test_a_run_is_exported_with_its_proof_as_json(trained_run, mnistkit, tmp_path):
    run = shutil.copytree(trained_run.path, tmp_path / "run")
    (run / "other.onnx").write_bytes(b"mine")
    answered = mnistkit("export", "run", "--format", "json")
    assert answered.returncode == 0, answered.stderr
    proof = strict(answered.stdout)
    assert proof.keys() >= FIGURES
    assert proof["passed"] is True
    assert proof["max_abs_diff"] <= 1e-5
    assert proof["label_agreement"] == 1
    assert proof["images"] == 1000
    assert proof["batch_sizes"] == [1, 7, 256]
    assert proof["opset"] == 18
    assert proof["path"] == "run/model.onnx"
    assert proof["bytes"] == (run / "model.onnx").stat().st_size
    assert answered.stderr == "model: run (from the argument)\n"
    assert (run / "other.onnx").read_bytes() == b"mine"
    predicted = mnistkit(
        "predict",
        "--model",
        "run/model.onnx",
        "--dataset",
        "mnist-sample",
        "--index",
        0,
        "--format",
        "label",
    )
    assert predicted.stdout.strip() in set("0123456789")


def test_the_proof_is_printed(small, tmp_path):
    answered = export(
        "--model", small, "--output", tmp_path / "out" / "a.onnx", "--option", "opset=13"
    )
    assert answered.exit_code == 0, answered.stderr
    lines = dict(line.split(maxsplit=1) for line in answered.stdout.splitlines())
    assert lines["compared"] == "1,000 images in batches of 1, 7, 256"
    assert lines["same"] == "label               100.00%"
    assert lines["opset"] == "13"
    assert lines["path"] == str(tmp_path / "out" / "a.onnx")
    assert (tmp_path / "out" / "a.onnx").is_file()


def test_a_failed_proof_is_told_with_exit_code_4_and_leaves_nothing(small, tmp_path):
    answered = export("--model", small, "--tolerance", "1e-30", "--format", "json")
    assert answered.exit_code == 4
    proof = strict(answered.stdout)
    assert proof["passed"] is False
    assert proof["max_abs_diff"] > 1e-30
    assert proof["path"] is None
    assert "was not written" in answered.stderr.splitlines()[-1]
    assert [path.name for path in tmp_path.iterdir()] == ["small.keras"]


def test_a_failed_proof_is_printed_without_a_path(small):
    answered = export("--model", small, "--tolerance", "1e-30")
    assert answered.exit_code == 4
    names = [line.split()[0] for line in answered.stdout.splitlines()]
    assert names == ["compared", "largest", "same"]


def test_the_accuracy_that_quantisation_costs_is_printed(bundled, sample, tmp_path):
    path = tmp_path / "small.onnx"
    words = ["--exporter", "onnx-int8", "--dataset", "mnist-sample", "--output", path]
    answered = export("--model", "bundled", *words)
    assert answered.exit_code == 0, answered.stderr
    before, after = (
        np.mean(model.predict(sample.images).argmax(axis=1) == sample.class_indices)
        for model in (bundled, open_served(path))
    )
    lines = answered.stdout.splitlines()
    assert f"accuracy                 {before:.2%} before, {after:.2%} exported" in lines
    assert "measured on              1,000 test images of mnist-sample" in lines


def test_a_model_whose_weights_are_nan_is_not_exported(small, tmp_path):
    model = keras_file.open_model(small)
    model.set_weights([np.full_like(weights, np.nan) for weights in model.get_weights()])
    model.save(small)
    answered = export("--model", small, "--format", "json")
    assert answered.exit_code == 4
    assert strict(answered.stdout)["passed"] is False
    assert [path.name for path in tmp_path.iterdir()] == ["small.keras"]


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (["--option", "opset=12"], 2, "from 13 to 18"),
        (["--option", "opset=19"], 2, "from 13 to 18"),
        (["--option", "opset=new"], 2, "expected a whole number for opset"),
        (["--option", "colour=red"], 2, "an option of the exporter onnx (opset), received colour"),
        (["--option", "opset"], 2, "expected NAME=VALUE"),
        (["--tolerance", "0"], 2, "above 0"),
        (["--tolerance", "nan"], 2, "above 0"),
        (["--exporter", "onxn"], 3, "did you mean onnx"),
        (["--model", "absent.keras"], 3, "no model at absent.keras"),
        (["--model", "notes.txt"], 3, "a run folder, a .keras file or `bundled`"),
        (["--model", "broken.keras"], 3, "damaged"),
        (["--output", "notes.txt"], 2, "ends with .onnx"),
        (["--output", "there.onnx"], 2, "--force"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_can_not_be_done_ends_in_one_line(small, tmp_path, words, exit_code, said):
    (tmp_path / "notes.txt").write_text("mine")
    (tmp_path / "there.onnx").write_text("mine, too")
    (tmp_path / "broken.keras").write_bytes(b"PK")
    answered = export("--model", small, *words)
    assert answered.exit_code == exit_code
    assert said in " ".join(answered.stderr.replace("│", " ").split())
    assert "Traceback" not in answered.stderr
    assert answered.stdout == ""
    assert (tmp_path / "notes.txt").read_text() == "mine"
    assert (tmp_path / "there.onnx").read_text() == "mine, too"
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "broken.keras",
        "notes.txt",
        "small.keras",
        "there.onnx",
    ]


def test_an_onnx_file_is_no_model_to_export(trained_run):
    answered = export("--model", trained_run.exported)
    assert answered.exit_code == 2
    assert "the model it was exported from" in answered.stderr
