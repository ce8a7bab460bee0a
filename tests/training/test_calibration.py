"""Confidence made honest: the right temperature, in the model and all that comes of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from asking import make_request
from scipy.optimize import minimize_scalar
from scipy.special import log_softmax, softmax

from mnistkit.core.models import keras_classifier, keras_file, onnx_file, tensorflow
from mnistkit.errors import InterruptedRunError
from mnistkit.exporting import writing
from mnistkit.fetching.store import Store
from mnistkit.training import calibration, network, train

pytestmark = pytest.mark.thorough

TEMPERATURE = 2.5


def drawn(count, seed=0):
    """Logits, and classes drawn with the probabilities that they give."""
    random = np.random.default_rng(seed)
    logits = random.normal(0, 2.5, (count, 10))
    shares = softmax(logits, axis=1).cumsum(axis=1)
    return logits, (random.random((count, 1)) < shares).argmax(axis=1)


@pytest.mark.parametrize("temperature", [0.25, 0.8, 1, 1.7, 4])
def test_the_temperature_that_spoiled_probabilities_is_found(temperature):
    logits, class_indices = drawn(6000)
    spoiled = softmax(logits * temperature, axis=1).astype(np.float32)
    found = calibration.best_temperature(spoiled, class_indices)
    assert found == pytest.approx(temperature, rel=0.06)


@pytest.mark.parametrize("count", [20, 500])
@pytest.mark.parametrize("seed", range(3))
def test_no_other_temperature_makes_the_right_classes_more_probable(count, seed):
    logits, class_indices = drawn(count, seed)
    probabilities = softmax(1.4 * logits, axis=1).astype(np.float32)

    def nll(logarithm):
        rows = log_softmax(np.log(probabilities.astype(np.float64)) / np.exp(logarithm), axis=1)
        return -rows[np.arange(count), class_indices].mean()

    expected = np.exp(minimize_scalar(nll, bounds=np.log([0.1, 10]), method="bounded").x)
    found = calibration.best_temperature(probabilities, class_indices)
    assert found == pytest.approx(expected, rel=2e-3)


@pytest.mark.parametrize(("wrong", "limit"), [(0, calibration.LOWEST), (1, calibration.HIGHEST)])
def test_where_all_are_right_or_all_are_wrong_the_temperature_has_a_limit(wrong, limit):
    probabilities = np.eye(10, dtype=np.float32)
    found = calibration.best_temperature(probabilities, (np.arange(10) + wrong) % 10)
    assert found == pytest.approx(limit)


@pytest.fixture(scope="module")
def images(sample):
    return sample.images[:40]


@pytest.fixture(scope="module")
def vgg():
    """Untrained, and not yet used: its temperature is still to be set."""
    tensorflow.import_keras().utils.set_random_seed(0)
    return network.build("vgg", 10)


def answers(model, images):
    card = keras_classifier.find_card(Path("absent.keras"), model)
    return keras_classifier.classifier(model, card).predict(images)


@pytest.fixture(scope="module")
def plain(vgg, images):
    """What the model answers at temperature 1."""
    return answers(vgg, images)


@pytest.fixture(scope="module")
def calibrated(vgg, plain):
    assert len(plain)
    calibration.set_temperature(vgg, TEMPERATURE)
    return vgg


def at(temperature, probabilities):
    return softmax(np.log(probabilities.astype(np.float64)) / temperature, axis=1)


def test_a_model_s_temperature_divides_its_logits(calibrated, plain, images):
    received = answers(calibrated, images)
    np.testing.assert_allclose(received, at(TEMPERATURE, plain), rtol=0, atol=1e-6)
    assert np.abs(received - plain).max() > 1e-4
    np.testing.assert_array_equal(received.argmax(axis=1), plain.argmax(axis=1))


def test_it_is_still_there_after_saving_and_opening(calibrated, plain, images, tmp_path):
    calibrated.save(tmp_path / "model.keras")
    opened = keras_file.open_model(tmp_path / "model.keras")
    assert calibration.can_calibrate(opened)
    received = answers(opened, images)
    np.testing.assert_allclose(received, at(TEMPERATURE, plain), rtol=0, atol=1e-6)
    calibration.set_temperature(opened, 1.0)
    np.testing.assert_allclose(answers(opened, images), plain, rtol=0, atol=1e-6)


def test_it_is_in_what_is_exported(calibrated, plain, images, tmp_path):
    path = tmp_path / "model.onnx"
    card = keras_classifier.find_card(tmp_path / "absent.keras", calibrated)
    original = writing.Original(calibrated, card)
    exported = writing.write_proved(original, images, writing.Target(path))
    assert exported.parity.passed
    received = onnx_file.open_file(path, 1).predict(images)
    np.testing.assert_allclose(received, at(TEMPERATURE, plain), rtol=0, atol=1e-5)


def test_only_what_has_the_layer_can_be_calibrated(vgg):
    assert calibration.can_calibrate(vgg)
    assert not calibration.can_calibrate(network.build("cnn", 10))


class Interrupting:
    """A listener that interrupts at an epoch and how many of its images are learned, or a stage."""

    def __init__(self, moment=None):
        self.moment = moment
        self.stages = []

    def begin(self, _run, first_epoch, last_epoch):
        self.announced = (first_epoch, last_epoch)

    def batch(self, epoch, progress):
        if self.moment == (epoch, progress.images):
            raise KeyboardInterrupt

    def epoch(self, row):
        pass

    def stage(self, name):
        self.stages.append(name)
        if self.moment == name:
            raise KeyboardInterrupt


def ask(output, **changes):
    asked = {"epochs": 2, "limit": 96, "batch_size": 32, "validation": 0.34}
    return make_request("vgg", "mnist-sample", export=False, output=output, **(asked | changes))


def recorded(run):
    return json.loads((run / "run.json").read_text())


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run of the calibrated architecture that nothing interrupted."""
    listener = Interrupting()
    run = train.begin(ask(tmp_path_factory.mktemp("vgg") / "run"), Store(), listener)
    assert listener.stages == ["calibrating", "measuring"]
    return run.path


def weights(run):
    model = keras_file.open_model(run / "model.keras")
    values = [*model.weights, *model.optimizer.variables]
    return [value.numpy() for value in values], model.get_layer("temperature").scale


def test_a_run_records_its_temperature_and_its_model_has_it(whole):
    metrics = recorded(whole)["metrics"]
    _, scale = weights(whole)
    assert 0.1 <= metrics["temperature"] <= 10
    assert metrics["temperature"] != 1
    assert scale == pytest.approx(1 / metrics["temperature"])


def test_the_temperature_is_the_best_for_the_images_held_out(whole):
    record = recorded(whole)
    # At temperature 1, as the last epoch was validated.
    assert record["metrics"]["validation"]["nll"] < record["history"][-1]["validation_loss"]
    assert record["metrics"]["validation"]["accuracy"] == pytest.approx(
        record["history"][-1]["validation_accuracy"]
    )


@pytest.mark.slow
def test_a_run_interrupted_before_and_after_it_is_calibrated_ends_as_one_that_was_not(
    whole, tmp_path
):
    run = tmp_path / "run"
    with pytest.raises(InterruptedRunError):
        train.begin(ask(run), Store(), Interrupting((2, 32)))
    assert weights(run)[1] == 1
    with pytest.raises(InterruptedRunError):
        train.resume(run, None, Store(), Interrupting("measuring"))
    assert weights(run)[1] != 1
    last = Interrupting()
    train.resume(run, None, Store(), last)
    assert last.announced == (3, 2)
    (expected, scale), (received, same_scale) = weights(whole), weights(run)
    assert same_scale == scale
    for one, other in zip(expected, received, strict=True):
        np.testing.assert_array_equal(one, other)
    assert recorded(run)["metrics"] == recorded(whole)["metrics"]


def test_a_run_without_images_held_out_is_not_calibrated(tmp_path):
    listener = Interrupting()
    asked = ask(tmp_path / "run", epochs=1, limit=32, validation=0.0)
    run = train.begin(asked, Store(), listener)
    assert recorded(run.path)["metrics"]["temperature"] is None
    assert listener.stages == ["measuring"]
    assert weights(run.path)[1] == 1
