"""A recipe is fitted to how many images there are."""

from __future__ import annotations

import logging
import math
from dataclasses import replace

import pytest
from asking import make_request

from mnistkit import plugins
from mnistkit.core.models import tensorflow
from mnistkit.core.recipe import Recipe
from mnistkit.plugin_types import Architecture
from mnistkit.training.fitting import fit_recipe, fitted_recipe, warn_of_few_steps
from mnistkit.training.settings import from_request

OF_MNIST = 54_000
SHORT = Recipe(epochs=2, batch_size=64, fewest_steps=100)


@pytest.mark.parametrize("name", ["cnn", "fast", "resnet", "tiny", "vgg"])
def test_the_recipes_are_left_as_they_are_for_mnist(name):
    recipe = plugins.load("architecture", name).recipe
    assert fitted_recipe(recipe, OF_MNIST) == recipe


@pytest.mark.parametrize("images", [1, 7, 72, 450, 900, 3_600, 10_000, OF_MNIST])
@pytest.mark.parametrize("batch_size", [None, 1, 32, 1_000])
def test_there_are_as_many_steps_as_it_needs_and_hardly_more(images, batch_size):
    fitted = fitted_recipe(SHORT, images, batch_size)
    assert batch_size is None or fitted.batch_size == batch_size
    steps = math.ceil(images / fitted.batch_size)
    assert steps * fitted.epochs >= 100
    assert fitted.epochs == 2 or steps * (fitted.epochs - 1) < 100
    assert replace(fitted, epochs=2, batch_size=64) == SHORT


@pytest.mark.parametrize(("images", "batch_size"), [(10, 8), (300, 30), (639, 63), (640, 64)])
def test_an_epoch_of_few_images_has_some_ten_batches(images, batch_size):
    assert fitted_recipe(SHORT, images).batch_size == batch_size


@pytest.mark.parametrize(
    ("asked", "images", "told"),
    [
        (
            {},
            90,
            "small dataset (90 images): training 10 epochs instead of 2, because the recipe needs ",
        ),
        ({"batch_size": 90}, 90, "training 100 epochs instead of 2"),
        ({"epochs": 2}, 90, ""),
        ({"epochs": 500}, 90, ""),
        ({}, 6_400, ""),
    ],
    ids=str,
)
def test_more_epochs_are_told_where_they_were_not_asked_for(caplog, asked, images, told):
    caplog.set_level(logging.INFO)
    network = Architecture("a network", SHORT, build=print)
    fitted = fit_recipe(network, make_request("a", **asked), images)
    assert told in caplog.text
    assert len(caplog.messages) == bool(told)
    settings = from_request(make_request("a", **asked), fitted, "mnist")
    assert settings.epochs == asked.get("epochs", fitted.recipe.epochs)


@pytest.mark.parametrize(
    ("momentum", "steps", "warned"),
    [(0.9, 43, True), (0.9, 44, False), (0.99, 458, True), (0.99, 459, False), (None, 1, False)],
)
def test_steps_are_too_few_where_averages_keep_a_hundredth_of_their_first_values(
    caplog, momentum, steps, warned
):
    keras = tensorflow.import_keras()
    image = keras.Input((28, 28))
    x = keras.layers.Flatten()(image)
    if momentum is not None:
        x = keras.layers.BatchNormalization(momentum=momentum)(x)
    network = Architecture("a network", SHORT, build=print)
    asked = make_request("mine", epochs=1, batch_size=10)
    settings = from_request(asked, network, "mnist")
    warn_of_few_steps(keras.Model(image, x), settings, 10 * steps)
    assert ("mine uses batch normalization" in caplog.text) == warned
