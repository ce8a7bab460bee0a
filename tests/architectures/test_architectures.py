"""What holds for every network that comes along."""

from __future__ import annotations

import numpy as np
import pytest

from mnistkit import plugins
from mnistkit.core.models import keras_classifier
from mnistkit.plugin_types import Architecture
from mnistkit.training import network as network_module
from mnistkit.training.augmentation import AUGMENTATIONS
from mnistkit.training.calibration import can_calibrate
from mnistkit.training.optimizers import OPTIMIZERS, SCHEDULES

PARAMETERS = {"cnn": 684_490, "fast": 132_266, "resnet": 393_346, "tiny": 7_714, "vgg": 289_066}
BUILT_IN = {
    name: plugins.load("architecture", name)
    for name in plugins.names("architecture")
    if name in PARAMETERS
}
CHOICES = [(name, option) for name in BUILT_IN for option in BUILT_IN[name].options]


@pytest.fixture(scope="module", params=PARAMETERS)
def name(request):
    return request.param


@pytest.fixture(scope="module")
def network(name):
    return network_module.build(name, 10, 0.3)


def test_it_has_the_parameters_its_documents_say(name, network):
    assert network.count_params() == PARAMETERS[name]
    assert (
        sum(layer.parameters for layer in keras_classifier.layer_table(network)) == PARAMETERS[name]
    )


@pytest.mark.parametrize("count", [1, 3])
def test_it_turns_stored_pixels_into_probabilities(sample, network, count):
    probabilities = network(sample.images[:count], training=False).numpy()
    assert probabilities.shape == (count, 10)
    assert probabilities.dtype == np.float32
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-5)


def test_it_drops_what_it_is_asked_to(network):
    (dropout,) = [layer for layer in network.layers if type(layer).__name__ == "Dropout"]
    assert dropout.rate == 0.3


def test_only_its_head_grows_with_the_classes(name, network):
    many = network_module.build(name, 1000)
    assert many.output_shape == (None, 1000)
    kernel, bias = network.layers[-3 if can_calibrate(network) else -1].weights
    assert many.count_params() - network.count_params() == 990 * (kernel.shape[0] + 1)
    assert bias.shape == (10,)


def test_its_recipe_can_be_followed(name):
    architecture: Architecture = BUILT_IN[name]
    recipe = architecture.recipe
    assert recipe.augmentation in AUGMENTATIONS
    assert recipe.optimizer in OPTIMIZERS
    assert recipe.schedule in SCHEDULES
    assert recipe.optimizer != "adam" or recipe.weight_decay == 0
    assert len(architecture.summary) <= 70


@pytest.mark.parametrize(("name", "option"), CHOICES, ids=map("-".join, CHOICES))
def test_each_choice_of_an_option_is_another_network_and_the_first_is_the_usual_one(name, option):
    values = BUILT_IN[name].options[option]
    sizes = [network_module.build(name, 10, **{option: value}).count_params() for value in values]
    assert sizes[0] == PARAMETERS[name]
    assert len(set(sizes)) == len(values) > 1


def test_the_residual_network_halves_its_sides_and_doubles_its_filters():
    network = network_module.build("resnet", 10)
    added = [layer.output.shape[1:] for layer in network.layers if type(layer).__name__ == "Add"]
    assert added == [(28, 28, 24)] * 2 + [(14, 14, 48)] * 2 + [(7, 7, 96)] * 2
