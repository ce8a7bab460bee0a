"""`mnistkit evaluate` over several datasets, and under corruptions."""

from __future__ import annotations

import json

import numpy as np
import pytest
from imports import TRACED, imported
from typer.testing import CliRunner

from mnistkit.cli.app import app
from mnistkit.evaluation.corruptions import CORRUPTIONS, corrupt

TWICE = ["--dataset", "mnist-sample", "--dataset", "mnist-sample"]


def evaluate(*words):
    return CliRunner().invoke(app, ["evaluate", "--model", "bundled", *map(str, words)])


def document(answered):
    assert answered.exit_code == 0, answered.stderr
    return json.loads(answered.stdout)


def without_speed(record):
    return {key: value for key, value in record.items() if key != "images_per_second"}


def test_several_datasets_are_one_table():
    answered = evaluate(*TWICE, "--limit", 40)
    assert answered.exit_code == 0
    heading, rule, *rows = answered.stdout.splitlines()
    columns = " ".join(heading.split())
    assert columns == "dataset accuracy 95 % interval wrong nll ece images/s"
    assert set(rule) == {"─"}
    assert [row.split()[0] for row in rows] == ["mnist-sample"] * 2
    assert all(" of 40 " in row for row in rows)
    assert max(map(len, answered.stdout.splitlines())) <= 80
    notes = ["dataset: mnist-sample, test split", "model: bundled (from --model)"]
    said = answered.stderr.splitlines()
    assert [line for line in said if not line.startswith("mnistkit: warning: ")] == 2 * notes


def test_each_of_several_results_is_what_it_is_alone():
    alone = document(evaluate("--dataset", "mnist-sample", "--limit", 40, "--format", "json"))
    several = document(evaluate(*TWICE, "--limit", 40, "--format", "json"))
    assert several.keys() == {"results"}
    assert len(several["results"]) == 2
    for result in several["results"]:
        assert list(result) == list(alone)
        assert without_speed(result) == without_speed(alone)


def test_a_dataset_that_can_not_be_had_costs_a_line_and_the_rest_is_answered():
    words = ["--dataset", "mnist-smaple", "--dataset", "mnist-sample", "--limit", 20]
    answered = evaluate(*words, "--format", "json")
    assert answered.exit_code == 3
    failed, measured = json.loads(answered.stdout)["results"]
    assert failed.keys() == {"dataset", "split", "error"}
    assert failed["dataset"] == "mnist-smaple"
    assert measured["dataset"] == "mnist-sample"
    assert measured["count"] == 20
    (said,) = (line for line in answered.stderr.splitlines() if "error: " in line)
    assert said.startswith("mnistkit: error: mnist-smaple: ")
    assert failed["error"] in said


def test_where_none_of_several_can_be_had_there_is_no_table():
    answered = evaluate("--dataset", "absent", "--dataset", "missing")
    assert answered.exit_code == 3
    assert answered.stdout == ""
    assert answered.stderr.count("mnistkit: error: ") == 2
    assert len(answered.stderr.splitlines()) == 2


def test_errors_under_corruption_stand_beside_the_clean_result(bundled, sample):
    plain = ["--dataset", "mnist-sample", "--limit", 30, "--format", "json"]
    clean = document(evaluate(*plain))
    corrupted = document(evaluate(*plain, "--corruptions"))
    assert list(corrupted["corruptions"]) == list(CORRUPTIONS)
    assert corrupted["mean_error"] == pytest.approx(np.mean([*corrupted["corruptions"].values()]))
    predicted = bundled.predict(corrupt(sample.images[:30], "spatter")).argmax(axis=1)
    wrong = predicted != sample.class_indices[:30]
    assert corrupted["corruptions"]["spatter"] == pytest.approx(wrong.mean())
    assert corrupted.keys() - clean.keys() == {"corruptions", "mean_error"}
    assert without_speed({key: corrupted[key] for key in clean}) == without_speed(clean)


def test_corruptions_are_a_table_with_a_column_for_each_dataset():
    answered = evaluate(*TWICE, "--limit", 4, "--corruptions")
    assert answered.exit_code == 0
    figures, corruptions = answered.stdout.split("\n\n")
    assert len(figures.splitlines()) == 4
    heading, _, *rows = corruptions.splitlines()
    assert heading.split() == ["corruption", "mnist-sample", "mnist-sample"]
    assert [row.split()[0] for row in rows] == ["clean", *CORRUPTIONS, "mean"]
    for row in rows:
        *_, first, second = row.split()
        assert first == second
        assert first.endswith("%")


def test_corruptions_of_two_models_have_a_column_for_each():
    words = ["--compare", "bundled", "--dataset", "mnist-sample", "--limit", 4, "--corruptions"]
    answered = evaluate(*words)
    assert answered.exit_code == 0
    (heading,) = (line for line in answered.stdout.splitlines() if line.startswith(" corruption"))
    assert heading.split() == ["corruption", "model", "1", "model", "2"]


def test_one_result_has_its_classes_and_then_its_corruptions():
    answered = evaluate("--dataset", "mnist-sample", "--limit", 4, "--corruptions")
    assert answered.exit_code == 0
    assert answered.stdout.startswith("accuracy  ")
    assert "precision" in answered.stdout
    assert answered.stdout.split("\n\n")[-1].split()[:2] == ["corruption", "error"]


def test_a_plot_of_several_datasets_is_refused_before_any_work(tmp_path):
    answered = evaluate(*TWICE, "--plot", tmp_path / "plot.png")
    assert answered.exit_code == 2
    assert answered.stdout == ""
    assert "expected one dataset and one model with --plot" in answered.stderr
    assert len(answered.stderr.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_corruptions_need_no_tensorflow(mnistkit, clean_environment):
    words = ["--model", "bundled", "--compare", "bundled", "--dataset", "mnist-sample"]
    answered = mnistkit(
        *("evaluate", *words, "--limit", "2", "--corruptions", "--format", "json"),
        env=clean_environment | TRACED,
    )
    assert answered.returncode == 0
    packages = imported(answered)
    assert {"numpy", "onnxruntime", "cv2"} <= packages
    assert not packages & {"tensorflow", "keras", "tf2onnx", "onnx", "matplotlib", "scipy"}
