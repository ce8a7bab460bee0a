"""The files that `mnistkit evaluate` writes: `--report` and `--mistakes`."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from imports import TRACED, imported
from made_results import data_of
from typer.testing import CliRunner

from mnistkit.cli.app import app

ON_SAMPLE = ["--dataset", "mnist-sample"]


def evaluate(*words):
    return CliRunner().invoke(app, ["evaluate", *map(str, words)])


@pytest.fixture(scope="module")
def both(trained_run, tmp_path_factory):
    """The JSON that a command printed, its page and its table of mistakes."""
    folder = tmp_path_factory.mktemp("report")
    page, table = folder / "report.html", folder / "mistakes.csv"
    words = ["--model", trained_run.exported, "--report", page, "--mistakes", table]
    answered = evaluate(*words, *ON_SAMPLE, "--format", "json")
    assert answered.exit_code == 0, answered.stderr
    assert {path.name for path in folder.iterdir()} == {"report.html", "mistakes.csv"}
    return json.loads(answered.stdout), page, table


def test_the_data_in_a_page_is_what_the_command_printed(both):
    printed, page, _ = both
    data = data_of(page)
    assert data["evaluation"] == printed
    assert data["command"].startswith("mnistkit evaluate --model ")
    assert [card["architecture"] for card in data["cards"]] == ["cnn"]
    assert f"{printed['accuracy']:.2%}" in page.read_text(encoding="utf-8")
    (bins,) = data["calibration"]
    assert sum(row["count"] for row in bins) == printed["count"]
    gaps = sum(abs(row["right"] - row["count"] * row["confidence"]) for row in bins)
    assert gaps / printed["count"] == pytest.approx(printed["ece"])


def test_every_mistake_is_in_the_table_with_its_three_best_labels(both, classifier, sample):
    printed, _, table = both
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    probabilities = classifier.predict(sample.images)
    wrong = np.flatnonzero(probabilities.argmax(axis=1) != sample.class_indices)
    assert sorted(int(row["index"]) for row in rows) == wrong.tolist()
    assert len(rows) == printed["error_count"]
    confidences = [float(row["confidence"]) for row in rows]
    assert confidences == sorted(confidences, reverse=True)
    for row in rows:
        index = int(row["index"])
        order = np.argsort(-probabilities[index])[:3]
        found = [row[name] for name in ("predicted", "predicted_2", "predicted_3")]
        assert found == [str(label) for label in order]
        assert row["label"] == str(sample.class_indices[index])
        assert float(row["confidence_2"]) == pytest.approx(probabilities[index, order[1]], abs=1e-4)


def test_a_report_of_several_models_and_datasets_has_all_that_was_printed(tmp_path):
    page = tmp_path / "report.html"
    datasets = ["--dataset", "mnist-sample", "--dataset", "missing", *ON_SAMPLE]
    answered = evaluate(
        *("bundled", "--compare", "bundled", *datasets, "--limit", 10, "--corruptions"),
        *("--report", page, "--format", "json"),
    )
    assert answered.exit_code == 3
    printed = json.loads(answered.stdout)
    data = data_of(page)
    assert data["evaluation"] == printed
    assert len(data["images"]) == 4
    text = page.read_text(encoding="utf-8")
    for words in ("canny_edges", "exact McNemar test", "<b>missing</b> could not be measured"):
        assert words in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--report", "report.htm"], "expected a file that ends with .html, received report.htm"),
        (["--mistakes", "mistakes.txt"], "expected a file that ends with .csv"),
        (["--report", "there.html"], "there.html exists already"),
        (["--mistakes", "there.csv"], "there.csv exists already"),
        (["--mistakes", "new.csv", *ON_SAMPLE], "expected one dataset and one model with --mista"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_what_can_not_be_written_is_refused_before_any_work(tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    for name in ("there.html", "there.csv"):
        (tmp_path / name).write_text("mine")
    answered = evaluate("bundled", *ON_SAMPLE, *words)
    assert answered.exit_code == 2
    assert answered.stdout == ""
    assert said in answered.stderr
    assert len(answered.stderr.splitlines()) == 1
    assert {path.read_text() for path in tmp_path.iterdir()} == {"mine"}


def test_force_replaces_and_a_place_without_right_costs_a_line(tmp_path):
    (tmp_path / "there.html").write_text("mine")
    words = ["bundled", *ON_SAMPLE, "--limit", 5, "--report"]
    assert evaluate(*words, tmp_path / "there.html", "--force").exit_code == 0
    assert data_of(tmp_path / "there.html")["evaluation"]["count"] == 5
    answered = evaluate(*words, "/proc/report.html")
    assert answered.exit_code == 1
    assert "could not be written" in answered.stderr
    assert len(answered.stderr.splitlines()) == 1


def test_a_table_of_mistakes_needs_no_template_and_no_plot(mnistkit, clean_environment):
    answered = mnistkit(
        *("evaluate", "bundled", *ON_SAMPLE, "--limit", "5", "--mistakes", "mistakes.csv"),
        env=clean_environment | TRACED,
    )
    assert answered.returncode == 0
    assert not imported(answered) & {"jinja2", "matplotlib", "tensorflow", "keras"}


def test_a_report_needs_no_tensorflow(mnistkit, clean_environment):
    answered = mnistkit(
        *("evaluate", "bundled", *ON_SAMPLE, "--limit", "5", "--report", "report.html"),
        env=clean_environment | TRACED,
    )
    assert answered.returncode == 0
    packages = imported(answered)
    assert {"jinja2", "matplotlib"} <= packages
    assert not packages & {"tensorflow", "keras", "tf2onnx", "onnx"}
