"""`mnistkit evaluate` as a user meets it."""

from __future__ import annotations

import json
import resource
import shutil

import numpy as np
import onnx
import pytest
from imports import TRACED, imported
from PIL import Image
from sklearn import metrics
from typer.testing import CliRunner

from mnistkit.cli.app import app

KEYS = {
    "accuracy",
    "accuracy_interval",
    "error_count",
    "count",
    "per_class",
    "confusion_matrix",
    "nll",
    "ece",
    "model",
    "dataset",
    "split",
    "images_per_second",
    "top_confusions",
}


def strict(text):
    """Read JSON as every reader of it does: NaN is none."""

    def refuse(word):
        raise AssertionError(word)

    return json.loads(text, parse_constant=refuse)


def evaluate(*words):
    return CliRunner().invoke(app, ["evaluate", *map(str, words)])


@pytest.fixture
def right(classifier, sample):
    """The predicted and the right class indices of the sample's test images."""
    return classifier.predict(sample.images).argmax(axis=1), sample.class_indices


@pytest.mark.parametrize("command", ["evaluate", "export"])
@pytest.mark.usefixtures("offline")
def test_the_model_may_be_named_without_its_option(trained_run, tmp_path, monkeypatch, command):
    shutil.copytree(trained_run.path, tmp_path / "run")
    monkeypatch.chdir(tmp_path)
    answered = CliRunner().invoke(app, [command, "run"])
    assert answered.exit_code == 0, answered.stderr
    assert "model: run" in answered.stderr
    both = CliRunner().invoke(app, [command, "run", "--model", "bundled"])
    assert both.exit_code == 2
    assert "expected either MODEL or --model, received both: run and bundled" in both.stderr


def test_the_packaged_model_is_measured_by_its_bare_name(trained_run):
    words = ["bundled", "--compare", str(trained_run.exported), "--dataset", "mnist-sample"]
    answered = evaluate(*words, "--limit", 20, "--format", "json")
    assert answered.exit_code == 0, answered.stderr
    models = [row["model"] for row in strict(answered.stdout)["results"]]
    assert models == ["bundled", str(trained_run.exported)]


def test_a_run_is_measured_on_its_own_test_images_as_json(trained_run, right):
    answered = evaluate("--model", trained_run.path, "--format", "json")
    assert answered.exit_code == 0, answered.stderr
    measured = strict(answered.stdout)
    predicted, labels = right
    assert measured.keys() >= KEYS
    assert measured["dataset"] == "mnist-sample"
    assert measured["split"] == "test"
    assert measured["count"] == 1000
    assert measured["accuracy"] == pytest.approx(metrics.accuracy_score(labels, predicted))
    # The one of Keras; that no label differs was proved when it was exported.
    assert measured["accuracy"] == pytest.approx(trained_run.record.metrics.test.accuracy)
    assert measured["error_count"] == (predicted != labels).sum()
    low, high = measured["accuracy_interval"]
    assert low < measured["accuracy"] < high
    expected = metrics.confusion_matrix(labels, predicted)
    assert measured["confusion_matrix"] == expected.tolist()
    assert [row["label"] for row in measured["per_class"]] == list("0123456789")
    assert [row["support"] for row in measured["per_class"]] == [100] * 10
    assert measured["images_per_second"] > 0
    assert measured["nll"] == pytest.approx(trained_run.record.metrics.test.nll, rel=1e-4)
    assert answered.stderr.splitlines() == [
        "dataset: mnist-sample, test split",
        f"model: {trained_run.exported} (from --model)",
    ]


def test_keras_and_onnx_measure_the_same(trained_run):
    answers = [
        strict(evaluate("--model", path, "--limit", 200, "--format", "json").stdout)
        for path in (trained_run.model, trained_run.exported)
    ]
    for answer, path in zip(answers, (trained_run.model, trained_run.exported), strict=True):
        assert answer["model"] == str(path)
        assert answer["count"] == 200
    keras, exported = answers
    assert keras["confusion_matrix"] == exported["confusion_matrix"]
    assert keras["nll"] == pytest.approx(exported["nll"], rel=1e-4)


def test_the_text_has_every_measure(trained_run, right):
    answered = evaluate("--model", trained_run.exported)
    predicted, labels = right
    errors = (predicted != labels).sum()
    first, second, *_ = answered.stdout.splitlines()
    assert first.startswith(f"accuracy  {1 - errors / 1000:.2%}, 95 % interval ")
    assert first.endswith(f"; {errors} of 1,000 wrong")
    for word in ("nll ", "ece ", " images/s"):
        assert word in second
    for heading in ("precision", "recall", "f1", "support", "label     0", "most confused"):
        assert heading in answered.stdout
    assert max(map(len, answered.stdout.splitlines())) <= 80


def test_limit_takes_the_first_images(trained_run, right):
    answered = evaluate("--model", trained_run.exported, "--limit", 50, "--format", "json")
    predicted, labels = (part[:50] for part in right)
    measured = strict(answered.stdout)
    assert measured["count"] == 50
    assert measured["error_count"] == (predicted != labels).sum()
    assert sum(row["support"] for row in measured["per_class"]) == 50


def test_a_ratio_over_nothing_is_a_dash_and_in_json_null(trained_run, right):
    words = ["--model", trained_run.exported, "--limit", 3]
    predicted, labels = (part[:3] for part in right)
    expected = metrics.precision_recall_fscore_support(
        labels, predicted, labels=range(10), zero_division=np.nan
    )
    measured = strict(evaluate(*words, "--format", "json").stdout)
    for name, column in zip(("precision", "recall", "f1"), expected, strict=False):
        received = [row[name] for row in measured["per_class"]]
        assert received == [None if np.isnan(ratio) else ratio for ratio in column]
        assert None in received
    table = evaluate(*words).stdout.split("\n\n")[1]
    absent = next(str(index) for index in range(10) if index not in {*labels, *predicted})
    (row,) = (row.split() for row in table.splitlines() if row.split()[:1] == [absent])
    assert row == [absent, "-", "-", "-", "0"]


def test_images_the_model_was_trained_on_are_warned_of(trained_run):
    words = ["--model", trained_run.exported, "--limit", 10, "--split"]
    seen = evaluate(*words, "train")
    assert "mnistkit: warning: the model was trained on mnist-sample" in seen.stderr
    assert seen.exit_code == 0
    assert "warning" not in evaluate(*words, "test").stderr
    assert evaluate(*words, "train", "--quiet").stderr == ""


def test_a_plot_is_a_picture_that_opens(trained_run, tmp_path):
    plot = tmp_path / "folder" / "plot.png"
    words = ["--model", trained_run.exported, "--plot", plot, "--limit", 200, "--format", "json"]
    answered = evaluate(*words)
    assert answered.exit_code == 0
    assert strict(answered.stdout)["count"] == 200
    with Image.open(plot) as picture:
        picture.load()
        assert picture.format == "PNG"
        assert min(picture.size) >= 500
        assert len(np.unique(np.asarray(picture.convert("L")))) > 20
    assert [path.name for path in plot.parent.iterdir()] == ["plot.png"]
    plot.write_bytes(b"mine")
    refused = evaluate(*words)
    assert refused.exit_code == 2
    assert "--force" in refused.stderr
    assert refused.stdout == ""
    assert plot.read_bytes() == b"mine"
    assert evaluate(*words, "--force").exit_code == 0
    assert plot.read_bytes().startswith(b"\x89PNG")


def test_a_plot_without_mistakes_is_drawn_too(trained_run, right, tmp_path):
    predicted, labels = right
    assert predicted[0] == labels[0]
    plot = tmp_path / "plot.svg"
    answered = evaluate("--model", trained_run.exported, "--limit", 1, "--plot", plot)
    assert answered.exit_code == 0
    assert "<svg" in plot.read_text()
    assert "most confused" not in answered.stdout


def test_a_disk_that_fills_up_costs_the_plot_and_not_the_figures(
    trained_run, mnistkit, clean_environment, tmp_path
):
    answered = mnistkit(
        *("evaluate", "--model", trained_run.exported, "--limit", 20, "--plot", "plot.png"),
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192)),
        # Python would keep bytecode that was cut off.
        env=clean_environment | {"PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert answered.returncode == 1
    assert "plot.png could not be written" in answered.stderr.splitlines()[-1]
    assert "Traceback" not in answered.stderr
    assert list(tmp_path.iterdir()) == []
    assert answered.stdout.startswith("accuracy")


def test_an_onnx_file_is_evaluated_without_tensorflow(trained_run, mnistkit, clean_environment):
    answered = mnistkit(
        *("evaluate", "--model", trained_run.exported, "--limit", 20, "--format", "json"),
        env=clean_environment | TRACED,
    )
    assert answered.returncode == 0
    packages = imported(answered)
    assert {"numpy", "onnxruntime"} <= packages
    assert not packages & {"tensorflow", "keras", "tf2onnx", "onnx", "matplotlib"}
    assert strict(answered.stdout)["count"] == 20


def test_a_model_whose_answers_are_no_numbers_can_not_be_measured(trained_run, tmp_path):
    model = onnx.load(trained_run.exported)
    weights = max(model.graph.initializer, key=lambda tensor: len(tensor.raw_data))
    weights.raw_data = np.full(len(weights.raw_data) // 4, np.nan, np.float32).tobytes()
    onnx.save(model, tmp_path / "nan.onnx")
    answered = evaluate("--model", tmp_path / "nan.onnx", "--limit", 20, "--format", "json")
    assert answered.exit_code == 3
    assert answered.stdout == ""
    assert (
        "nan.onnx: expected probabilities, received values that are not numbers"
        in (answered.stderr.splitlines()[-1])
    )


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """The current folder, with things in it that are no models."""
    (tmp_path / "empty").mkdir()
    for name in ("notes.txt", "damaged.onnx"):
        (tmp_path / name).write_text("no model")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (["--limit", "0"], 2, "--limit: expected 1 or more, received 0"),
        (["--split", "all"], 2, "all"),
        (["--plot", "plot.bmp"], 2, ".png, .pdf, .svg"),
        (["--dataset", "mnist-smaple"], 3, "did you mean mnist-sample"),
        (["--data-dir", "absent"], 2, "absent"),
        (["--model", "absent"], 3, "no model at absent"),
        (["--model", "notes.txt"], 3, "received notes.txt"),
        (["--model", "empty"], 3, "empty"),
        (["--model", "damaged.onnx"], 3, "whole ONNX file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
@pytest.mark.usefixtures("folder")
def test_what_can_not_be_done_is_said(trained_run, words, exit_code, said):
    answered = evaluate("--model", trained_run.exported, *words)
    assert answered.exit_code == exit_code
    assert said in " ".join(answered.stderr.replace("│", " ").split())
    assert "Traceback" not in answered.stderr
    assert "unexpected" not in answered.stderr
    assert answered.stdout == ""


def test_where_the_environment_names_no_model_it_is_said_how_to_get_one(
    mnistkit, clean_environment
):
    answered = mnistkit("evaluate", env=clean_environment | {"MNISTKIT_MODEL": "absent"})
    assert answered.returncode == 3
    assert "mnistkit train" in answered.stderr
    assert len(answered.stderr.splitlines()) == 1


def test_a_run_without_its_export_is_measured_in_keras(trained_run, tmp_path):
    run = shutil.copytree(trained_run.path, tmp_path / "run")
    (run / "model.onnx").unlink()
    measured = strict(evaluate("--model", run, "--limit", 100, "--format", "json").stdout)
    assert measured["model"] == str(run / "model.keras")
    assert measured["accuracy"] > 0.8
