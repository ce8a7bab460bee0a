"""The proof of exports whose numbers have a lower precision."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mnistkit import plugins
from mnistkit.core.models.card import Card
from mnistkit.core.models.classifier import Classifier
from mnistkit.data.loading import load_split
from mnistkit.errors import UsageError
from mnistkit.exporters.onnx import EXPORTER
from mnistkit.exporting import accuracy, export
from mnistkit.exporting.export import ExportRequest
from mnistkit.exporting.parity import ParityError
from mnistkit.exporting.writing import ExportFormat
from mnistkit.fetching.store import Store

pytestmark = pytest.mark.usefixtures("offline")


@pytest.fixture
def install(monkeypatch):
    """Install an exporter under the name `rough`."""
    found = plugins.load

    def install_exporter(exporter):
        def load(kind, name, *expected):
            return exporter if name == "rough" else found(kind, name, *expected)

        monkeypatch.setattr(plugins, "load", load)

    return install_exporter


def rough(spoil, received=None):
    """An exporter of lower precision, whose answers `spoil` changes."""

    def write(model, card, path, options, training):
        if received is not None:
            received.append(training)
        return EXPORTER.write(model, card, path, options)

    def open_rough(path):
        classifier = EXPORTER.open(path)

        def infer(images):
            probabilities = classifier.infer(images).copy()
            spoil(probabilities, images)
            return probabilities

        return replace(classifier, infer=infer)

    return replace(
        EXPORTER,
        suffix=".rough",
        write=write,
        open=open_rough,
        quantises=lambda options: options["opset"] < 18,
    )


def blurred(probabilities, _):
    probabilities *= 0.98
    probabilities += 0.002


def flattened(probabilities, _):
    probabilities[:] = 0.1


EIGHT_BITS = ExportFormat("rough", {"opset": 17})


def test_it_is_calibrated_on_training_images_and_keeps_its_accuracy(model, install):
    received = []
    install(rough(blurred, received))
    exported = export.export(ExportRequest(model, EIGHT_BITS), Store())
    proof = exported.parity
    assert proof.max_abs_diff > 1e-3
    assert proof.tolerance is None
    assert proof.accuracy.dataset == "mnist-sample"
    assert proof.accuracy.images == 1000
    assert proof.accuracy.original == proof.accuracy.exported
    assert proof.accuracy.lost == 0
    (calibration,) = received
    training = load_split("mnist-sample", "train", Store()).images
    assert len(calibration) == 1000
    assert {image.tobytes() for image in calibration} <= {image.tobytes() for image in training}


def test_one_that_loses_accuracy_leaves_no_file(model, install):
    install(rough(flattened))
    with pytest.raises(ParityError, match=r"lose at most 0\.1 points of accuracy") as failure:
        export.export(ExportRequest(model, EIGHT_BITS), Store())
    assert failure.value.exit_code == 4
    assert "\n" not in str(failure.value)
    assert [path.name for path in model.parent.iterdir()] == ["model.keras"]


def test_the_same_exporter_at_full_precision_has_to_be_equal(model, install):
    install(replace(rough(blurred), write=EXPORTER.write))
    with pytest.raises(ParityError, match="--tolerance"):
        export.export(ExportRequest(model, ExportFormat("rough")), Store())
    wide = ExportFormat("rough", tolerance=0.1)
    assert export.export(ExportRequest(model, wide), Store()).parity.accuracy is None


def test_a_tolerance_does_not_apply_to_it(model, install):
    install(rough(blurred))
    with pytest.raises(UsageError, match="expected no --tolerance"):
        export.export(ExportRequest(model, replace(EIGHT_BITS, tolerance=1e-3)), Store())


def test_a_dataset_of_other_classes_does_not_prove_it(model, install, tmp_path):
    install(rough(blurred))
    few = tmp_path / "few.npz"
    images, labels = np.zeros((9, 28, 28), np.uint8), np.arange(9) % 3
    np.savez(few, x_train=images, y_train=labels, x_test=images, y_test=labels)
    with pytest.raises(UsageError, match="name another --dataset"):
        export.export(ExportRequest(model, EIGHT_BITS, dataset=f"npz:{few}"), Store())


def test_the_exporter_says_which_limit_and_which_batches_prove_it(model, install):
    install(replace(rough(blurred), write=EXPORTER.write, tolerance=0.1, batch_sizes=(1,)))
    proof = export.export(ExportRequest(model, ExportFormat("rough")), Store()).parity
    assert proof.tolerance == 0.1
    assert proof.batch_sizes == (1,)


@pytest.mark.parametrize(("wrong", "passed"), [(0, True), (1, True), (2, False)])
def test_a_thousandth_may_be_lost(sample, wrong, passed):
    card = Card("0", tuple("0123456789"), "oracle", (), None, "digit", None)
    labels = {
        image.tobytes(): index
        for image, index in zip(sample.images, sample.class_indices, strict=True)
    }
    missed = {image.tobytes() for image in sample.images[:wrong]}

    def infer(images):
        return np.eye(10, dtype=np.float32)[[labels[image.tobytes()] for image in images]]

    def infer_worse(images):
        rows = infer(images)
        for row, image in zip(rows, images, strict=True):
            row[:] = np.roll(row, image.tobytes() in missed)
        return rows

    worse = Classifier(card, infer_worse)
    measured = accuracy.compare(Classifier(card, infer), worse, sample, (1, 7, 256))
    assert measured.original == 1
    assert measured.exported == 1 - wrong / 1000
    assert measured.passed is passed
