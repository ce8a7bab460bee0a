"""The proof that two classifiers are equal."""

from __future__ import annotations

import numpy as np
import pytest

from mnistkit.core.models.card import Card
from mnistkit.core.models.classifier import Classifier
from mnistkit.exporting.accuracy import Accuracy
from mnistkit.exporting.parity import Parity, ParityError, answers, compare


@pytest.fixture
def classifier():
    """A network of one layer in NumPy, whose answers do not depend on the batch."""
    weights = np.random.default_rng(3).normal(size=(784, 10)) / 784

    def infer(images):
        scores = np.exp((images.reshape(-1, 784, 1) * weights).sum(axis=1))
        return (scores / scores.sum(axis=1, keepdims=True)).astype(np.float32)

    card = Card("0", tuple("0123456789"), "numpy", (), None, "digit", None)
    return Classifier(card, infer)


@pytest.fixture
def images(sample):
    return sample.images[:300]


def proof_of(reference, candidate, images, **options):
    return compare(answers(reference, images), answers(candidate, images), **options)


def changed(classifier, change):
    """The same classifier, whose probabilities are changed by `change(probabilities, images)`."""

    def infer(images):
        probabilities = classifier.infer(images).copy()
        change(probabilities, images)
        return probabilities

    return Classifier(classifier.card, infer)


def only_for(image, change):
    """Change the answer to one image only, in whichever batch it comes."""

    def answer(probabilities, images):
        for row in np.flatnonzero((images == image).all(axis=(1, 2))):
            change(probabilities[row])

    return answer


def test_equal_classifiers_pass(classifier, images):
    proof = proof_of(classifier, changed(classifier, lambda *_: None), images)
    assert proof.passed
    assert proof.max_abs_diff == 0
    assert proof.label_agreement == 1
    assert proof.images == 300
    assert proof.batch_sizes == (1, 7, 256)
    assert proof.tolerance == 1e-5


def test_every_batch_size_is_run_on_both(classifier, images):
    sizes = []

    def note(_probabilities, batch):
        sizes.append(len(batch))

    proof_of(classifier, changed(classifier, note), images)
    assert sizes == [1] * 300 + [7] * 42 + [6] + [256, 44]


@pytest.mark.parametrize(("difference", "passed"), [(9e-6, True), (2e-5, False), (-2e-5, False)])
def test_a_difference_above_the_tolerance_fails(classifier, images, difference, passed):
    def shift(row):
        row[3] += difference

    candidate = changed(classifier, only_for(images[299], shift))
    proof = proof_of(classifier, candidate, images)
    assert proof.max_abs_diff == pytest.approx(abs(difference), rel=0.02)
    assert proof.passed is passed


def test_the_tolerance_can_be_wider(classifier, images):
    def shift(row):
        row[3] += 1e-3

    candidate = changed(classifier, only_for(images[0], shift))
    assert proof_of(classifier, candidate, images, tolerance=1e-2).passed


def test_one_flipped_label_fails_whatever_the_tolerance(classifier, images):
    def flip(row):
        row[:] = row[::-1].copy()

    candidate = changed(classifier, only_for(images[17], flip))
    proof = proof_of(classifier, candidate, images, tolerance=2.0)
    assert proof.label_agreement == pytest.approx(299 / 300)
    assert not proof.passed


@pytest.mark.parametrize("both", [False, True])
def test_a_nan_fails_even_where_both_have_it(classifier, images, both):
    def spoil(row):
        row[-1] = np.nan

    candidate = changed(classifier, only_for(images[5], spoil))
    reference = candidate if both else classifier
    proof = proof_of(reference, candidate, images, tolerance=2.0)
    assert np.isnan(proof.max_abs_diff)
    assert not proof.passed


def test_a_difference_in_one_batch_size_alone_fails(classifier, images):
    def shift(probabilities, batch):
        if len(batch) == 7:
            probabilities[0, 0] += 0.5

    assert not proof_of(classifier, changed(classifier, shift), images, tolerance=0.1).passed


ACCURATE = Accuracy(
    "digits", 10_000, original=0.9957, exported=0.9950, lost=0.0007, most_lost=0.001
)
POOR = Accuracy("digits", 10_000, original=0.9957, exported=0.9912, lost=0.0045, most_lost=0.001)


@pytest.mark.parametrize(
    ("difference", "agreement", "tolerance", "accuracy", "passed"),
    [
        (1e-5, 1.0, 1e-5, None, True),
        (1.1e-5, 1.0, 1e-5, None, False),
        (0.0, 0.999, 1e-5, None, False),
        (0.0, 1.0, 0.0, None, True),
        (0.5, 1.0, None, None, False),
        (np.nan, 1.0, 1e-5, None, False),
        (0.3, 0.99, None, ACCURATE, True),
        (0.3, 0.99, None, POOR, False),
        (np.nan, 0.99, None, ACCURATE, False),
        (np.inf, 0.99, None, ACCURATE, False),
    ],
)
def test_it_passes_what_is_close_or_as_accurate(difference, agreement, tolerance, accuracy, passed):
    assert Parity(difference, agreement, 100, (1,), tolerance, accuracy).passed is passed


NO_NUMBERS = (
    "expected probabilities, received values that are not numbers: train it again with a lower "
    "--learning-rate"
)
LESS_ACCURATE = (
    "expected the exported model to lose at most 0.1 points of accuracy, received 99.12% instead "
    "of 99.57% on the 10,000 test images of digits; export it with --exporter onnx, or another "
    "model"
)
DIFFERENT = (
    "expected the exported model to differ by at most 1e-05 and to agree on every label, received "
    "a difference of 0.0123 and 97.50% agreement; export it with another --option, or allow more "
    "with --tolerance"
)


@pytest.mark.parametrize(
    ("proof", "told"),
    [
        (Parity(np.nan, 1.0, 100, (1,), 1e-5, POOR), NO_NUMBERS),
        (Parity(0.3, 0.99, 100, (1,), None, POOR), LESS_ACCURATE),
        (Parity(0.012345, 0.975, 100, (1,), 1e-5), DIFFERENT),
    ],
    ids=["no numbers", "accuracy", "difference"],
)
def test_what_failed_is_told_with_its_figures(proof, told, tmp_path):
    assert proof.shortfall() == told
    error = ParityError(tmp_path / "model.onnx", proof)
    assert str(error) == f"{tmp_path / 'model.onnx'} was not written: {told}"
    assert error.proof is proof
    assert error.path == tmp_path / "model.onnx"
