"""Which images a model has learned."""

from __future__ import annotations

import json
import shutil
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pytest
from asking import make_request

from mnistkit import plugins
from mnistkit.core.models import run_folder
from mnistkit.core.models.card import Card
from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.data import overlap
from mnistkit.data.loading import LabelledImages, find_dataset
from mnistkit.errors import DatasetError, ModelError, VerificationError
from mnistkit.evaluation.measuring import warn_of_seen_images
from mnistkit.fetching.store import Store
from mnistkit.training import setup
from mnistkit.training.settings import training_record


@pytest.fixture(scope="module")
def own(sample, tmp_path_factory):
    """Sixty images of one's own: the last ten are for testing."""
    file = tmp_path_factory.mktemp("own") / "own.npz"
    images, labels = 255 - sample.images[:60], sample.class_indices[:60]
    splits = {"x_train": images[:50], "y_train": labels[:50]}
    np.savez(file, x_test=images[50:], y_test=labels[50:], **splits)
    return f"npz:{file}"


def one_image(name, split):
    images, class_indices = np.zeros((1, 28, 28), np.uint8), np.zeros(1, np.int64)
    name, dataset = find_dataset(name)
    return LabelledImages(name, dataset, split, images, class_indices)


def learned(name):
    """The collections that a training on a dataset learns from; it need not be installed."""
    if name in plugins.names("dataset"):
        return overlap.collections_of(*find_dataset(name), "train")
    return (f"{name}/train",)


@pytest.mark.parametrize(
    ("trained_on", "name", "split", "seen"),
    [
        ("mnist", "mnist", "train", True),
        ("mnist", "mnist", "test", False),
        ("mnist", "mnist-sample", "train", True),
        ("mnist", "mnist-sample", "test", True),
        ("mnist-sample", "mnist-sample", "train", True),
        ("mnist-sample", "mnist-sample", "test", False),
        ("mnist-sample", "mnist", "train", True),
        ("mnist-sample", "mnist", "test", False),
        ("not-installed", "mnist", "train", False),
        ("not-installed", "mnist-sample", "test", False),
        ("qmnist", "mnist", "train", True),
        ("qmnist", "mnist", "test", False),
        ("mnist", "qmnist", "train", True),
        ("mnist", "qmnist", "test", False),
        ("qmnist", "mnist-sample", "test", True),
        ("mnist-sample", "qmnist", "train", True),
        ("emnist-digits", "mnist", "train", False),
        ("folder:/somewhere", "mnist", "train", False),
        ("qmnist", "mix:mnist+usps", "train", True),
        ("usps", "mix:mnist+usps", "test", False),
        ("mnist", "mix:usps+mnist-sample", "test", True),
    ],
)
def test_images_a_model_was_trained_on_are_known(trained_on, name, split, seen):
    learned_from = [*learned("kmnist"), *learned(trained_on)]
    held = overlap.overlapping(learned_from, one_image(name, split))
    assert held == ([*learned(trained_on)] if seen else [])


@pytest.mark.parametrize(
    ("trained_on", "name", "split", "possible"),
    [
        ("emnist-digits", "mnist", "test", True),
        ("emnist-digits", "qmnist", "train", True),
        ("qmnist", "emnist-digits", "test", True),
        ("mnist-sample", "emnist-digits", "test", True),
        ("mnist", "mnist", "test", False),
        ("qmnist", "mnist", "test", False),
        ("mnist-sample", "mnist", "test", False),
        ("usps", "mnist", "test", False),
        ("mnist", "usps", "test", False),
        ("not-installed", "mnist", "test", False),
        ("folder:/somewhere", "mnist", "test", False),
        ("emnist-digits", "mix:usps+mnist", "test", True),
        ("usps", "mix:usps+mnist", "test", False),
    ],
)
def test_images_a_model_may_have_seen_are_known(trained_on, name, split, possible):
    learned_from = [*learned("kmnist"), *learned(trained_on)]
    held = overlap.related(learned_from, one_image(name, split))
    assert held == ([*learned(trained_on)] if possible else [])


@pytest.mark.parametrize(
    ("trained_on", "told"),
    [
        ("emnist-digits", "from the same collection as mnist, and may have seen some of these"),
        ("mnist", "has seen these images of mnist; its results do not hold"),
        ("usps", None),
    ],
)
def test_a_measurement_warns_of_images_that_were_seen_or_may_have_been(
    bundled, caplog, trained_on, told
):
    card = replace(bundled.card, learned_from=learned(trained_on))
    warn_of_seen_images(card, one_image("mnist", "train"))
    if told is None:
        assert caplog.messages == []
    else:
        (warned,) = caplog.messages
        assert warned.startswith(f"the model was trained on {trained_on}/train")
        assert told in warned


def test_a_mix_has_seen_what_each_of_its_parts_has(own):
    learned_from = overlap.collections_of(*find_dataset(f"mix:mnist+{own}"), "train")
    (mnist,) = learned("mnist")
    assert learned_from == (mnist, f"{own}/train")
    for name, split, seen in [
        ("mnist", "train", [mnist]),
        ("mnist-sample", "test", [mnist]),
        (own, "train", [f"{own}/train"]),
        (own, "test", []),
        (f"mix:mnist+{own}", "train", [mnist, f"{own}/train"]),
        (f"mix:mnist+{own}", "test", []),
    ]:
        assert overlap.overlapping(learned_from, one_image(name, split)) == seen


def test_two_parts_of_a_collection_share_no_images_with_each_other_but_with_all_of_it():
    whole, one, other = "a/train", "a/train > b/train", "a/train > b/test"
    assert overlap.share(one, whole)
    assert overlap.share(whole, other)
    assert not overlap.share(one, other)
    assert not overlap.share("a/train", "a/training")
    assert overlap.label(other) == "b/test"


@pytest.mark.parametrize("text", ["mnist+mnist-sample", "mnist-sample+usps+qmnist"])
def test_a_mix_that_would_learn_its_own_test_images_is_refused(text):
    with pytest.raises(DatasetError, match=r"^mnist-sample: .* images of q?mnist; leave one"):
        find_dataset(f"mix:{text}")


def test_a_card_tells_what_was_learned(bundled, trained_run):
    assert bundled.card.learned_from == learned("mnist")
    assert run_folder.read(BUNDLED_RUN).card().learned_from == learned("mnist")
    card = replace(trained_run.card(), learned_from=("mnist", "usps"))
    values = json.loads(json.dumps(card.to_json()))
    assert Card.from_json(values) == card
    with pytest.raises(ModelError, match="damaged one"):
        Card.from_json(values | {"learned_from": [3]})


def begin(init, output, dataset="mnist-sample", **asked):
    request = make_request(dataset=dataset, init=str(init), output=output, **asked)
    return setup.prepare(request, Store(), ExitStack()).run


def test_a_training_warns_where_its_test_images_were_learned(own, tmp_path, caplog):
    run = begin("bundled", tmp_path / "sample", limit=50, validation=0)
    (warned,) = [message for message in caplog.messages if "was trained on" in message]
    assert warned.startswith("bundled was trained on the test images of mnist-sample")
    assert run.card().learned_from == (*learned("mnist-sample"), *learned("mnist"))
    caplog.clear()
    run = begin("bundled", tmp_path / "own", dataset=own)
    assert "trained on" not in caplog.text
    # What came before is known of whatever goes on from it.
    assert run.card().learned_from == (f"{own}/train", *learned("mnist"))
    shutil.copy(BUNDLED_RUN / "model.keras", run.model)
    begin(run.path, tmp_path / "again", limit=50, validation=0)
    assert "was trained on the test images" in caplog.text


def test_a_training_warns_where_its_validation_images_may_have_been_learned(
    trained_run, tmp_path, caplog
):
    began = training_record(trained_run).settings
    run = begin(trained_run.path, tmp_path / "same", limit=began.limit)
    assert caplog.messages == []
    assert run.record.validation_learned is False
    run = begin(trained_run.path, tmp_path / "other", limit=began.limit, seed=1)
    (warned,) = caplog.messages
    assert "may have been trained on images of this run's validation set" in warned
    assert run.record.validation_learned is True
    caplog.clear()
    # Divided as by the second one, but not as by the first.
    shutil.copy(trained_run.model, run.model)
    begin(run.path, tmp_path / "third", limit=began.limit, seed=1)
    assert "may have been trained on images of this run's validation set" in caplog.text


def test_a_run_does_not_begin_anew_with_a_model_that_has_changed(trained_run, tmp_path):
    origin = tmp_path / "origin.keras"
    shutil.copy(trained_run.model, origin)
    run = begin(origin, tmp_path / "run", limit=50)
    settings = training_record(run).settings
    setup.prepare_again(run, settings, Store())
    shutil.copy(BUNDLED_RUN / "model.keras", origin)
    with pytest.raises(VerificationError, match=r"origin\.keras as it was when .*/run began"):
        setup.prepare_again(run, settings, Store())
    # Once an epoch is done it is not needed.
    shutil.copy(trained_run.model, run.model)
    setup.prepare_again(run, settings, Store())
