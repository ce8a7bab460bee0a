"""`mnistkit benchmark` as a user meets it."""

from __future__ import annotations

import csv
import io
import json
import shutil
from dataclasses import replace

import numpy as np
import onnx
import pytest
from typer.testing import CliRunner

from mnistkit.cli.app import app
from mnistkit.core.models.card_file import write_card
from mnistkit.core.models.onnx_file import METADATA_KEY

BRIEF = ("--rounds", 2, "--images", 16, "--limit", 100)
LIMIT = 100

# Answers with the same probability for both of its classes.
UNDECIDED = """
<ir_version: 9, opset_import: ["" : 18]>
undecided (uint8[batch, 28, 28] image) => (float[batch, 2] probabilities) {
    floats = Cast <to = 1> (image)
    flat = Flatten <axis = 1> (floats)
    shape = Constant <value = int64[2] {784, 2}> ()
    weights = ConstantOfShape (shape)
    scores = MatMul (flat, weights)
    probabilities = Softmax <axis = 1> (scores)
}
"""


def benchmark(*words):
    return CliRunner().invoke(app, ["benchmark", *map(str, words)])


@pytest.fixture(scope="module")
def models(tmp_path_factory, bundled):
    """A folder with a model of an exporter that is not installed, and one of two classes."""
    folder = tmp_path_factory.mktemp("models")
    (folder / "foreign").mkdir()
    write_card(folder / "foreign", replace(bundled.card, exporter="foreign"))
    card = replace(bundled.card, class_names=("a", "b"), dataset="absent", learned_from=())
    model = onnx.parser.parse_model(UNDECIDED)
    onnx.helper.set_model_props(model, {METADATA_KEY: json.dumps(card.to_json())})
    onnx.save(model, folder / "two.onnx")
    (folder / "notes.txt").write_text("no model")
    return folder


@pytest.fixture(scope="module")
def compared(trained_run, models):
    """What the JSON of three models is, one of which can't be opened, and a plot of them."""
    return benchmark(
        *("bundled", trained_run.path, models / "foreign", "--dataset", "mnist-sample", *BRIEF),
        *("--format", "json", "--plot", models / "plot.png"),
    )


def test_models_are_measured_side_by_side(compared, trained_run, bundled, classifier, sample):
    report = json.loads(compared.stdout)
    first, second, _ = report["results"]
    assert (report["dataset"], report["count"], report["rounds"]) == ("mnist-sample", LIMIT, 2)
    assert first["model"] == "bundled"
    assert second["model"] == str(trained_run.exported)
    images, labels = sample.images[:LIMIT], sample.class_indices[:LIMIT]
    answers = [model.predict(images) for model in (bundled, classifier)]
    for row, rows in zip((first, second), answers, strict=True):
        assert row["accuracy"] == pytest.approx((rows.argmax(axis=1) == labels).mean())
        assert row["accuracy_interval"][0] < row["accuracy"] <= row["accuracy_interval"][1]
    assert first["max_abs_diff"] is None
    difference = np.abs(answers[0] - answers[1]).max()
    assert second["max_abs_diff"] == pytest.approx(difference, abs=1e-5)


def test_what_is_measured_of_a_model_is_plausible(compared, trained_run):
    _, row, _ = json.loads(compared.stdout)["results"]
    assert row["bytes"] == trained_run.exported.stat().st_size
    # A process can't start, import NumPy and onnxruntime and answer in less.
    assert row["first_answer_seconds"] > 0.05
    assert row["peak_memory_bytes"] > 20e6
    assert 0 < row["latency_p50_seconds"] <= row["latency_p99_seconds"]
    assert [*row["throughput"]] == ["1", "8"]
    assert row["images_per_second"] == max(row["throughput"].values())
    assert row["images_per_second"] == row["throughput"][str(row["batch_size"])]


def test_a_model_that_cannot_be_opened_has_its_reason_and_the_others_are_measured(compared, models):
    assert compared.exit_code == 1
    _, _, failed = json.loads(compared.stdout)["results"]
    assert failed["model"] == str(models / "foreign")
    assert "no exporter is called 'foreign'" in failed["error"]
    assert f"mnistkit: error: model 3: {failed['error']}" in compared.stderr


def test_a_table_has_dashes_for_a_model_that_was_not_measured(models):
    answered = benchmark("bundled", models / "foreign", "--dataset", "mnist-sample", *BRIEF)
    assert answered.exit_code == 1
    names, table, told = answered.stdout.split("\n\n")
    assert names.splitlines() == ["model 1  bundled", f"model 2  {models / 'foreign'}"]
    *_, measured, failed = (line.split() for line in table.splitlines())
    # A model does not differ from itself.
    assert [cell == "-" for cell in measured] == [False] * 9 + [True]
    assert failed[0] == "2"
    assert failed[2:] == ["-"] * 8
    notes = told.splitlines()
    assert notes[0].startswith("model 2 was not measured: no exporter is called 'foreign'")
    assert notes[-1] == "times and memory: medians of 2 rounds"


def test_the_results_are_drawn(compared, models):
    assert compared.stdout
    assert (models / "plot.png").read_bytes().startswith(b"\x89PNG")


def test_models_of_other_classes_and_a_dataset_that_is_not_there(models):
    words = ("--rounds", 1, "--images", 1, "--limit", 20, "--format", "csv")
    answered = benchmark(models / "two.onnx", "bundled", *words)
    assert answered.exit_code == 0, answered.stderr
    first, second = csv.DictReader(io.StringIO(answered.stdout))
    assert "using the bundled sample instead: --dataset mnist-sample" in answered.stderr
    assert "model 1 has other classes than mnist-sample" in answered.stderr
    assert "model 2 has other classes than model 1" in answered.stderr
    assert "has seen these images of mnist-sample" in answered.stderr
    assert first["accuracy"] == second["max_abs_diff"] == ""
    assert float(second["accuracy"]) > 0.9
    assert float(first["latency_p50_seconds"]) > 0
    assert second["batch_size"] == "1"


def test_without_a_model_that_can_be_measured_nothing_is_printed(models):
    answered = benchmark(models / "foreign", models / "notes.txt")
    assert answered.exit_code == 3
    assert answered.stdout == ""
    *_, second, last = answered.stderr.splitlines()
    assert second.startswith("mnistkit: error: model 2: expected a run folder, a .keras file")
    assert last.startswith("mnistkit: error: expected a model that can be measured, received none")


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        (["bundled", "{copy}", "{copy}/model.onnx"], 2, "received {copy}/model.onnx twice"),
        (["bundled", "absent"], 3, "no model at absent"),
        (["bundled", "cnn"], 3, "which is an architecture"),
        (["bundled", "--threads", "10000"], 2, "expected --threads from 1 to"),
        (["bundled", "--rounds", "0"], 2, "expected 1 or more, received 0"),
        (["bundled", "--plot", "x.txt"], 2, "ends with .png"),
        (["bundled", "--plot", "{copy}/curves.png"], 2, "exists already"),
    ],
)
def test_bad_input_is_told_before_anything_is_measured(trained_run, tmp_path, words, code, told):
    copy = tmp_path / "copy"
    shutil.copytree(trained_run.path, copy)
    answered = benchmark(*(word.format(copy=copy) for word in words))
    assert answered.exit_code == code
    assert told.format(copy=copy) in answered.stderr
    assert answered.stdout == ""
    assert "round 1" not in answered.stderr
