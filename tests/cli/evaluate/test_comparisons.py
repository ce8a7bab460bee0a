"""`mnistkit evaluate --compare`: models side by side."""

from __future__ import annotations

import json

import numpy as np
import onnx
import pytest
from scipy.stats import binomtest
from typer.testing import CliRunner

from mnistkit.cli.app import app
from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.prediction.opening import open_served

COUNT = 150
ON_SAMPLE = ["--dataset", "mnist-sample", "--limit", COUNT]


def evaluate(*words):
    return CliRunner().invoke(app, ["evaluate", *map(str, words)])


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """The bundled model, damaged a little, damaged much, and with other classes."""
    folder = tmp_path_factory.mktemp("models")
    random = np.random.default_rng(0)
    for name, noise in (("nearly", 0.02), ("poor", 0.6)):
        model = onnx.load(BUNDLED_RUN / "model.onnx")
        for tensor in model.graph.initializer:
            if tensor.data_type == onnx.TensorProto.FLOAT and len(tensor.dims) > 1:
                weights = np.frombuffer(tensor.raw_data, np.float32)
                spread = noise * weights.std()
                damaged = weights + spread * random.standard_normal(weights.shape)
                tensor.raw_data = damaged.astype(np.float32).tobytes()
        onnx.save(model, folder / f"{name}.onnx")
    model = onnx.load(BUNDLED_RUN / "model.onnx")
    (entry,) = (entry for entry in model.metadata_props if entry.key == "mnistkit")
    entry.value = json.dumps(json.loads(entry.value) | {"class_names": list("abcdefghij")})
    onnx.save(model, folder / "letters.onnx")
    return folder


@pytest.fixture(scope="module")
def right(models, sample):
    """For each model whether it is right, as bool (n,)."""
    images, labels = sample.images[:COUNT], sample.class_indices[:COUNT]
    paths = {"bundled": BUNDLED_RUN} | {
        name: models / f"{name}.onnx" for name in ("nearly", "poor")
    }
    return {
        name: open_served(path).predict(images).argmax(axis=1) == labels
        for name, path in paths.items()
    }


def test_each_model_is_tested_against_the_first(models, right):
    words = ["--compare", models / "nearly.onnx", "--compare", models / "poor.onnx"]
    answered = evaluate("--model", "bundled", *words, *ON_SAMPLE, "--format", "json")
    assert answered.exit_code == 0, answered.stderr
    said = json.loads(answered.stdout)
    assert said.keys() == {"results", "comparisons"}
    names = ["bundled", str(models / "nearly.onnx"), str(models / "poor.onnx")]
    assert [result["model"] for result in said["results"]] == names
    assert [row["model"] for row in said["comparisons"]] == names[1:]
    p_values = []
    for row, name in zip(said["comparisons"], ("nearly", "poor"), strict=True):
        first, this = right["bundled"], right[name]
        assert row["reference"] == "bundled"
        assert (row["dataset"], row["split"]) == ("mnist-sample", "test")
        assert row["only_reference_right"] == (first & ~this).sum()
        assert row["only_model_right"] == (this & ~first).sum()
        assert row["accuracy_difference"] == pytest.approx(this.mean() - first.mean())
        counts = row["only_reference_right"], row["only_model_right"]
        expected = binomtest(counts[0], sum(counts)).pvalue if sum(counts) else 1
        assert row["p_value"] == pytest.approx(expected)
        p_values.append(row["p_value"])
    nearly, poor = said["comparisons"]
    assert [nearly["significant"], poor["significant"]] == [False, True]
    assert poor["adjusted_p_value"] == pytest.approx(2 * p_values[1])


def test_the_tables_number_the_models_and_say_what_is_significant(models):
    words = ["--compare", "bundled", "--compare", models / "poor.onnx"]
    answered = evaluate(*words, "--compare", models / "nearly.onnx", *ON_SAMPLE)
    assert answered.exit_code == 0, answered.stderr
    names, figures, tests, legend = answered.stdout.split("\n\n")
    assert [line.split()[:2] for line in names.splitlines()] == [
        ["model", number] for number in "123"
    ]
    assert names.splitlines()[0].endswith("bundled")
    assert [row.split()[0] for row in figures.splitlines()[2:]] == ["1", "2", "3"]
    assert f" of {COUNT} " in figures
    above, heading, _, *rows = tests.splitlines()
    assert above.split() == ["right", "only", "right", "only"]
    columns = ["model", "points", "in model 1", "in this one", "p", "p, Holm", "significant"]
    assert heading.split() == " ".join(columns).split()
    poor, nearly = (row.split() for row in rows)
    assert (poor[0], poor[-1]) == ("2", "yes")
    assert (nearly[0], nearly[-1]) == ("3", "no")
    assert poor[1].startswith("-")
    assert "exact McNemar" in legend
    assert "adjusted for 2 tests" in legend
    for part in (figures, tests, legend):
        assert max(map(len, part.splitlines())) <= 80


def test_one_comparison_needs_no_correction(models):
    answered = evaluate("--compare", "bundled", "--compare", models / "poor.onnx", *ON_SAMPLE)
    assert answered.exit_code == 0
    assert "Holm" not in answered.stdout
    assert "in model 1  in model 2" in answered.stdout
    notes = [f"model: {name} (from --compare)" for name in ("bundled", models / "poor.onnx")]
    assert {*notes} <= {*answered.stderr.splitlines()}


def test_several_datasets_and_corruptions_have_a_column_each(models):
    words = ["--dataset", "mnist-sample", "--dataset", "mnist-sample", "--limit", 3]
    answered = evaluate(
        "--compare", "bundled", "--compare", models / "nearly.onnx", *words, "--corruptions"
    )
    assert answered.exit_code == 0
    *_, figures, tests, legend, corruptions = answered.stdout.split("\n\n")
    places = [["1", "mnist-sample"], ["2", "mnist-sample"]] * 2
    assert [row.split()[:2] for row in figures.splitlines()[2:]] == places
    assert [row.split()[0] for row in tests.splitlines()[3:]] == ["2", "2"]
    assert "2 tests" in legend
    columns = [word for place in places for word in place]
    assert corruptions.splitlines()[0].split() == ["corruption", *columns]


@pytest.mark.parametrize(
    ("words", "exit_code", "said"),
    [
        (["--compare", "bundled"], 2, "expected two models or more to compare, received one"),
        (["--compare", "bundled", "--compare", "absent"], 3, "no model at absent"),
        (["--compare", "bundled", "--compare", "letters.onnx"], 2, "received letters.onnx with"),
        (
            ["--model", "letters.onnx", "--compare", "bundled"],
            2,
            "with a, b, c, d, e, f, g, h, i, j; name",
        ),
        (
            ["--compare", "bundled", "--compare", "poor.onnx", "--plot", "plot.png"],
            2,
            "one dataset and one model with --plot, received 1 and 2",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_can_not_be_compared_is_refused_before_any_work(
    models, monkeypatch, words, exit_code, said
):
    monkeypatch.chdir(models)
    answered = evaluate(*words, *ON_SAMPLE)
    assert answered.exit_code == exit_code
    assert answered.stdout == ""
    assert said in answered.stderr
    assert len(answered.stderr.splitlines()) == 1
