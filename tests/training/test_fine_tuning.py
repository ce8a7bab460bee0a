"""Beginning with the weights of a trained model."""

from __future__ import annotations

import logging
import shutil
from contextlib import ExitStack
from dataclasses import replace

import numpy as np
import pytest
from asking import make_request

from mnistkit import plugins
from mnistkit.core.models import keras_file, run_folder
from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.data.holdout import hold_out
from mnistkit.errors import ModelError
from mnistkit.fetching.store import Store
from mnistkit.training import fine_tuning, network, setup
from mnistkit.training.settings import training_record

CLOTHES = tuple("abcdefghij")


def weights(model):
    return [weight.numpy() for weight in model.weights if "seed_generator" not in weight.name]


def same(one, other):
    return [np.array_equal(a, b) for a, b in zip(one, other, strict=True)]


@pytest.fixture(scope="module")
def learned(trained_run):
    return keras_file.open_model(trained_run.model)


def test_a_training_begins_where_the_other_ended(trained_run, learned, tmp_path):
    request = make_request(
        dataset="mnist-sample", init=str(trained_run.path), limit=50, output=tmp_path / "run"
    )
    training = setup.prepare(request, Store(), ExitStack())
    assert all(same(weights(training.learner.model), weights(learned)))
    assert int(training.learner.model.optimizer.iterations) == 0
    assert training_record(training.run).settings.init == str(trained_run.path.resolve())


def test_the_head_is_made_anew_for_other_classes_even_if_they_are_as_many(trained_run, learned):
    pretrained = fine_tuning.find_pretrained(str(trained_run.path))
    for names in (CLOTHES, CLOTHES[:4]):
        model = network.build("cnn", len(names))
        before = weights(model)[-2:]
        fine_tuning.copy_weights(pretrained, model, names)
        assert all(same(weights(model)[:-2], weights(learned)[:-2]))
        assert all(same(weights(model)[-2:], before))


def test_the_recipe_of_the_pretrained_model_is_kept_but_gentler():
    architecture = fine_tuning.find_pretrained("bundled").architecture(
        plugins.load("architecture", "vgg"), "vgg"
    )
    settings = training_record(run_folder.read(BUNDLED_RUN)).settings
    assert architecture.recipe.augmentation == settings.augmentation == "photos"
    assert architecture.recipe.learning_rate == pytest.approx(settings.learning_rate / 10)
    assert architecture.recipe.epochs == settings.epochs / 5


def test_few_images_are_learned_for_more_epochs_from_another_model_too(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    request = make_request(
        dataset="mnist-sample", init="bundled", limit=80, output=tmp_path / "run"
    )
    with ExitStack() as claims:
        settings = setup.prepare(request, Store(), claims).settings
    assert (settings.batch_size, settings.epochs) == (8, 17)
    assert "small dataset (72 images): training 17 epochs instead of 6" in caplog.text


def test_a_keras_file_on_its_own_is_of_an_unknown_recipe(trained_run, tmp_path):
    file = tmp_path / "alone.keras"
    shutil.copy(trained_run.model, file)
    pretrained = fine_tuning.find_pretrained(str(file))
    assert pretrained.settings is None
    plain = plugins.load("architecture", "cnn")
    tuned = pretrained.architecture(plain, "cnn")
    assert tuned.recipe.epochs == 1
    assert tuned.recipe.dropout == plain.recipe.dropout
    model = network.build("cnn", 10)
    fine_tuning.copy_weights(pretrained, model, tuple("0123456789"))
    assert all(same(weights(model), weights(keras_file.open_model(file))))


def test_another_network_is_refused(trained_run):
    pretrained = fine_tuning.find_pretrained(str(trained_run.path))
    with pytest.raises(ModelError, match=r"weights of vgg \(289,.* received those of cnn \(684,"):
        fine_tuning.copy_weights(pretrained, network.build("vgg", 10), tuple("0123456789"))


def test_an_exported_model_is_refused(trained_run):
    with pytest.raises(ModelError, match="an exported model can't be trained"):
        fine_tuning.find_pretrained(str(trained_run.exported))


def test_settings_that_begin_with_a_model_are_not_built_without_it(trained_run, sample):
    settings = replace(training_record(trained_run).settings, init=str(trained_run.path))
    with pytest.raises(ValueError, match="expected the model of init="):
        setup.build(settings, sample, hold_out(sample, None, 0.1, 0), None)
