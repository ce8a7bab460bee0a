from __future__ import annotations

import pytest
from asking import make_request

from mnistkit import plugins
from mnistkit.core.recipe import Recipe
from mnistkit.plugin_types import Architecture
from mnistkit.training.augmentation import AUGMENTATIONS
from mnistkit.training.optimizers import SCHEDULES
from mnistkit.training.settings import from_request
from mnistkit.tuning.space import request_for, rounded, space_of

WIDE = Architecture(
    "one with options",
    Recipe(batch_size=96, learning_rate=0.05, dropout=0.8, optimizer="sgd"),
    build=lambda *_: None,
    options={"width": (32, 16, 64), "pool": ("max", "mean")},
)


@pytest.mark.parametrize(
    "architecture", [*map(plugins.load, ["architecture"] * 2, ["cnn", "vgg"]), WIDE]
)
def test_the_recipe_lies_in_the_space_around_it(architecture):
    space = space_of(architecture)
    assert space.first.keys() == space.distributions.keys()
    for name, value in space.first.items():
        distribution = space.distributions[name]
        choices = getattr(distribution, "choices", None)
        inside = value in choices if choices else distribution.low <= value <= distribution.high
        assert inside, name


def test_all_schedules_augmentations_and_options_are_tried():
    distributions = space_of(WIDE).distributions
    assert set(distributions["schedule"].choices) == set(SCHEDULES)
    assert set(distributions["augmentation"].choices) == set(AUGMENTATIONS)
    assert distributions["option.width"].choices == (32, 16, 64)
    assert 96 in distributions["batch_size"].choices


def test_parameters_become_what_is_trained():
    parameters = {"learning_rate": 0.01, "schedule": "one-cycle", "option.width": 64}
    request = request_for(make_request(architecture="cnn", limit=60, epochs=2), parameters)
    settings = from_request(request, WIDE, "mnist-sample")
    assert (settings.learning_rate, settings.schedule, settings.epochs) == (0.01, "one-cycle", 2)
    assert settings.options == {"width": 64, "pool": "max"}
    assert settings.optimizer == "sgd"
    assert "--option width=64" in settings.command()


def test_numbers_have_the_digits_they_are_printed_with():
    assert rounded({"learning_rate": 0.00123456, "batch_size": 32, "schedule": "cosine"}) == {
        "learning_rate": 0.00123,
        "batch_size": 32,
        "schedule": "cosine",
    }
