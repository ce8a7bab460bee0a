"""A field of a recipe is declared once; all that speaks of it follows."""

from __future__ import annotations

import json
import shlex
from dataclasses import asdict, dataclass, fields, replace
from itertools import pairwise
from typing import Annotated, Literal, get_args

import pytest
from typer.testing import CliRunner

from mnistkit.cli.app import app
from mnistkit.cli.recipe_options import recipe_options
from mnistkit.core import typed_json
from mnistkit.core.models.training_settings import Settings
from mnistkit.core.recipe import NOT_NEGATIVE, Choice, Recipe, parts
from mnistkit.core.typed_json import Count
from mnistkit.plugin_types import Architecture
from mnistkit.training.settings import TrainingRequest, from_request

NAMES = [part.name for part in parts()]


@dataclass(frozen=True)
class Wider(Recipe):
    warmup: Annotated[float, Choice("Epochs of warm-up", NOT_NEGATIVE)] = 1.5
    norm: Annotated[Literal["batch", "layer"], Choice("The normalization")] = "batch"
    folds: Annotated[Count, Choice("Parts of the data")] = 2


def test_all_but_the_fewest_steps_is_chosen_by_each_training():
    assert {field.name for field in fields(Recipe)} - {*NAMES} == {"fewest_steps"}


def test_a_new_field_becomes_an_option_and_a_check():
    known = {each.name: get_args(each.annotation) for each in recipe_options(Wider)}
    assert [*known] == [*NAMES, "warmup", "norm", "folds"]
    assert known["warmup"][1].help == "Epochs of warm-up, 0 or more."
    assert known["folds"][1].min == 1
    recipe = asdict(Wider())
    assert typed_json.read(Wider, recipe, "recipe") == Wider()
    for name, refused in {"warmup": -1, "norm": "none", "folds": 0}.items():
        with pytest.raises(ValueError, match=f"expected recipe.{name} to be"):
            typed_json.read(Wider, recipe | {name: refused}, "recipe")


def test_every_field_reaches_the_options_the_record_and_the_command():
    options = CliRunner().invoke(app, ["train", "--help"]).stdout
    settings = from_request(
        TrainingRequest(), Architecture("a network", Recipe(), build=print), "mnist"
    )
    assert isinstance(settings, Settings)
    assert {*NAMES} < asdict(settings).keys()
    words = dict(pairwise(shlex.split(settings.command())))
    for name in NAMES:
        option = f"--{name.replace('_', '-')}"
        assert f"  {option} " in options
        assert words[option] == str(getattr(Recipe(), name))


def test_every_field_reaches_the_summary():
    runner = CliRunner()
    told = runner.invoke(app, ["summary", "tiny"]).stdout
    described = json.loads(runner.invoke(app, ["summary", "tiny", "--format", "json"]).stdout)
    for name in NAMES:
        assert f"  --{name.replace('_', '-')} {described['recipe'][name]}\n" in told


@pytest.mark.parametrize("name", NAMES)
def test_every_field_can_be_asked_to_differ_and_none_leaves_it(name):
    recipe = replace(Recipe(), optimizer="sgd")
    network = Architecture("a network", recipe, build=print)
    left = from_request(TrainingRequest(recipe={name: None}), network, "mnist")
    assert getattr(left, name) == getattr(recipe, name)
    other = {int: 3, float: 0.25}
    (part,) = (part for part in parts() if part.name == name)
    value = other.get(part.type) or next(
        each for each in get_args(part.type) if each not in {getattr(recipe, name), "adam"}
    )
    asked = from_request(TrainingRequest(recipe={name: value}), network, "mnist")
    assert asked == replace(left, **{name: value})


def test_what_no_recipe_has_can_not_be_asked_for():
    with pytest.raises(TypeError, match="fields of a recipe, received warmup"):
        TrainingRequest(recipe={"warmup": 1})
