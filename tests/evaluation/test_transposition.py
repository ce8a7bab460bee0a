"""Images whose rows and columns are exchanged, as EMNIST is published."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from typer.testing import CliRunner

from mnistkit.cli.app import app
from mnistkit.data.loading import load_splits
from mnistkit.datasets.places import transposed_name
from mnistkit.evaluation.metrics import evaluate
from mnistkit.evaluation.transposition import better_transposed
from mnistkit.fetching.store import Store


def turned(images):
    return np.ascontiguousarray(images.transpose(0, 2, 1))


@pytest.fixture(scope="module")
def files(tmp_path_factory, sample):
    """The same images, transposed, in the form of each family; the name of each dataset."""
    folder = tmp_path_factory.mktemp("transposed")
    images, labels = turned(sample.images[:300]), sample.class_indices[:300]
    np.savetxt(folder / "x.csv", np.column_stack([labels, images.reshape(300, -1)]), "%d", ",")
    parts = {"x_train": images[:200], "y_train": labels[:200]}
    np.savez(folder / "x.npz", **parts, x_test=images[200:], y_test=labels[200:])
    return folder


def found(classifier, split):
    return better_transposed(classifier, split, evaluate(classifier, split))


def test_transposed_images_are_told_with_both_accuracies(classifier, sample):
    split = replace(sample, images=turned(sample.images))
    told = found(classifier, split)
    right = classifier.predict(sample.images).argmax(axis=1) == sample.class_indices
    assert told.count == 1000
    assert told.transposed_accuracy == pytest.approx(right.mean())
    assert told.accuracy == pytest.approx(evaluate(classifier, split).accuracy)


def test_images_that_are_read_badly_either_way_are_not(classifier, sample):
    random = np.random.default_rng(0)
    noise = random.integers(0, 256, sample.images.shape, np.uint8)
    assert found(classifier, sample) is None
    assert found(classifier, replace(sample, images=noise)) is None
    mislabelled = replace(sample, class_indices=(sample.class_indices + 1) % 10)
    assert found(classifier, mislabelled) is None


def test_a_few_images_prove_nothing(classifier, sample):
    split = replace(
        sample, images=turned(sample.images[:5]), class_indices=sample.class_indices[:5]
    )
    assert found(classifier, split) is None


@pytest.mark.parametrize("kind", ["csv", "npz"])
def test_evaluate_warns_and_the_name_it_gives_reads_the_images(trained_run, files, kind):
    name = f"{kind}:{files / 'x'}.{kind}"
    words = ["evaluate", "--model", str(trained_run.path), "--split", "train", "--dataset"]
    answered = CliRunner().invoke(app, [*words, name])
    assert answered.exit_code == 0
    (warned,) = [line for line in answered.stderr.splitlines() if "warning" in line]
    advised = warned.rpartition("--dataset ")[2]
    assert advised == f"{kind}:transposed:{files / 'x'}.{kind}"
    again = CliRunner().invoke(app, [*words, advised])
    assert "transposed, as EMNIST" not in again.stderr


@pytest.mark.parametrize("kind", ["csv", "npz"])
@pytest.mark.parametrize("words", ["transposed", "character:transposed", "transposed:character"])
def test_they_are_read_upright_beside_a_preparation_or_without(files, sample, kind, words):
    parts = ("train", "test")
    name = f"{kind}:{words}:{files / 'x'}.{kind}"
    loaded = load_splits(name, parts, Store())
    plain = load_splits(f"{kind}:{files / 'x'}.{kind}", parts, Store())
    for part, as_is in zip(loaded, plain, strict=True):
        np.testing.assert_array_equal(part.images, turned(as_is.images))
        np.testing.assert_array_equal(part.class_indices, as_is.class_indices)
    known = {image.tobytes() for image in sample.images[:300]}
    assert {image.tobytes() for part in loaded for image in part.images} <= known
    character = "character" in words
    assert loaded[0].dataset.preparation == ("character" if character else "digit")
    recorded = f"{'character:' if character else ''}transposed:{files / 'x'}.{kind}"
    assert loaded[0].name == f"{kind}:{recorded}"


def test_the_name_that_reads_images_the_other_way():
    assert transposed_name("csv:/x") == "csv:transposed:/x"
    assert transposed_name("csv:digit:transposed:/x") == "csv:digit:/x"
    assert transposed_name("mnist") is None
    assert transposed_name("mix:mnist+csv:/x") is None
