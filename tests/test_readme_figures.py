"""The manual's figures of long trainings: they agree with one another, and with what is here.

What only hours of training could show again, the times and the accuracies of the table of
architectures, is held by nothing.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import binomtest

from mnistkit import guide, plugins
from mnistkit.core.models import keras_classifier
from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.datasets.mnist_sample import DATASET as SAMPLE
from mnistkit.evaluation.metrics import Evaluation
from mnistkit.exporters.onnx import EXPORTER
from mnistkit.training import network

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
MANUAL = "\n".join((README, *map(guide.page, guide.topics())))
MNIST_TEST = 10_000


def block(command):
    """What is shown below a command, which is the same wherever it is shown."""
    below = rf"^\$ {re.escape(command)}\n(.*?)^(?:```|\$ )"
    (shown,) = set(re.findall(below, MANUAL, re.MULTILINE | re.DOTALL))
    return shown


def rows(heading):
    """The rows of a table of the manual, by its first column."""
    table = MANUAL.partition(heading)[2].partition("\n\n")[0]
    lines = [line.strip("| \n").split(" | ") for line in table.splitlines()[2:]]
    return {cells[0].strip("`"): [cell.strip() for cell in cells] for cells in lines}


@pytest.fixture(scope="module")
def evaluated():
    """The evaluation shown, made again of its confusion matrix."""
    lines = block("mnistkit evaluate").partition(" label     0 ")[2].splitlines()[2:12]
    cells = [line.replace(".", "0").split()[1:] for line in lines]
    matrix = np.array(cells, int)
    indices = np.repeat(np.arange(matrix.size), matrix.ravel())
    labels, predicted = np.unravel_index(indices, matrix.shape)
    names = tuple("0123456789")
    return Evaluation(names, np.eye(10, dtype=np.float32)[predicted], labels)


@pytest.fixture(scope="module")
def accuracy(evaluated):
    """Of the default network after five epochs."""
    assert evaluated.count == MNIST_TEST
    return f"{evaluated.accuracy:.2%}"


def test_the_measures_of_the_evaluation_are_those_of_its_matrix(evaluated, accuracy):
    shown = block("mnistkit evaluate")
    low, high = evaluated.accuracy_interval
    interval = f"95 % interval {low:.2%} to {high:.2%}"
    assert f"accuracy  {accuracy}, {interval}; {evaluated.error_count} of 10,000 wrong\n" in shown
    told = [line.split() for line in shown.splitlines()]
    for row in evaluated.per_class:
        shares = [f"{share:.2%}" for share in (row.precision, row.recall, row.f1)]
        assert [row.label, *shares, f"{row.support:,}"] in told
    assert told[-5:] == [
        [row.label, row.predicted, str(row.count)] for row in evaluated.top_confusions(5)
    ]


def test_one_accuracy_is_told_wherever_that_model_is_spoken_of(accuracy):
    trained = block("mnistkit train --epochs 5")
    assert re.search(r"^test accuracy +(\S+)$", trained, re.MULTILINE)[1] == accuracy
    validated = re.search(r"epoch 5/5 .* validation (\S+),", trained)[1]
    assert re.search(r"^validation accuracy +(\S+)$", trained, re.MULTILINE)[1] == validated
    assert rows("On MNIST:\n\n")["cnn"][-1] == accuracy
    assert set(re.findall(r"^accuracy  (\S+),", MANUAL, re.MULTILINE)) == {accuracy}


def test_the_two_models_side_by_side_are_a_run_of_fast_and_the_bundled_one():
    shown = block("mnistkit evaluate --compare runs/*/model.onnx --compare bundled")
    first, second, difference = (
        line.split() for line in re.findall(r"^ \d .*$", shown, re.MULTILINE)
    )
    record = json.loads((BUNDLED_RUN / "run.json").read_text())
    metrics, confidence = record["metrics"]["test"], record["measured"]["confidence"]
    wrong = round((1 - metrics["accuracy"]) * MNIST_TEST)
    first_wrong = int(first[3])
    assert first[1] == f"{1 - first_wrong / MNIST_TEST:.2%}"
    assert second[1] == f"{metrics['accuracy']:.2%}"
    assert second[3] == str(wrong)
    assert second[6] == f"{metrics['nll']:.4f}"
    assert second[7] == f"{confidence['expected calibration error, MNIST test']:.2%}"
    points, only_first, only_second, p = difference[1:5]
    assert float(points) == pytest.approx((first_wrong - wrong) / 100)
    assert int(only_second) - int(only_first) == first_wrong - wrong
    tried = int(only_first) + int(only_second)
    assert p == f"{binomtest(int(only_first), tried).pvalue:.2g}"


def test_the_mean_under_corruption_is_that_of_the_fifteen():
    table = MANUAL.partition("| corruption | error |")[2].partition("\n\n")[0]
    found = dict(re.findall(r"([a-z_][a-z_ ]*) \| ([\d.]+)%", table))
    mean, clean = float(found.pop("mean of corruptions")), float(found.pop("clean"))
    assert len(found) == 15
    assert np.mean([float(error) for error in found.values()]) == pytest.approx(mean, abs=0.006)
    record = json.loads((BUNDLED_RUN / "run.json").read_text())
    assert clean == pytest.approx(100 * (1 - record["metrics"]["test"]["accuracy"]))


@pytest.mark.parametrize("name", ["cnn", "fast", "resnet", "tiny", "vgg"])
def test_the_table_of_architectures_has_their_parameters_epochs_and_sizes(tmp_path, name):
    _, _, parameters, epochs, _, size, _ = rows("On MNIST:\n\n")[name]
    model = network.build(name, 10)
    assert parameters == f"{model.count_params():,}"
    assert epochs == str(plugins.load("architecture", name).recipe.epochs)
    card, options = keras_classifier.plain_card(model), {"opset": 18}
    EXPORTER.write(model, card, tmp_path / "model.onnx", options)
    kilobytes = (tmp_path / "model.onnx").stat().st_size / 1000
    # A trained one's card says more.
    told = float(size.removesuffix(" kB").replace(",", ""))
    assert told == pytest.approx(kilobytes, rel=0.01, abs=1.5)


def test_the_sample_has_the_images_that_are_told():
    train, test = (SAMPLE.counts[split] for split in ("train", "test"))
    told = f"{train + test:,} of MNIST's training images, bundled: {train:,} to train, {test:,} to "
    assert told in rows("## Data\n\n")["mnist-sample"][1]
