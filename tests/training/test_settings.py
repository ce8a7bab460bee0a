"""What a training comes to, and what may change when it goes on."""

from __future__ import annotations

import shlex
from dataclasses import asdict, replace
from itertools import pairwise

import pytest
from asking import make_request

from mnistkit.core import typed_json
from mnistkit.core.models.training_settings import Settings
from mnistkit.core.recipe import Recipe
from mnistkit.errors import PluginError, UsageError
from mnistkit.plugin_types import Architecture
from mnistkit.training.settings import from_request, to_resume

RECIPE = Recipe(
    epochs=7,
    batch_size=64,
    learning_rate=0.002,
    dropout=0.3,
    schedule="cosine",
    optimizer="adamw",
    momentum=0.8,
    weight_decay=0.01,
    ema=0.1,
    label_smoothing=0.05,
    augmentation="light",
)
OPTIONS = {"width": (8, 4), "kind": ("a",), "rate": (0.5, 0.25), "residual": (True, False)}
NETWORK_OPTIONS = {option: values[0] for option, values in OPTIONS.items()}
NETWORK = Architecture("a network", RECIPE, build=print, options=OPTIONS)
DEFAULTS = {
    "architecture": "cnn",
    "dataset": "mnist",
    "epochs": 7,
    "batch_size": 64,
    "learning_rate": 0.002,
    "dropout": 0.3,
    "schedule": "cosine",
    "optimizer": "adamw",
    "momentum": 0.8,
    "weight_decay": 0.01,
    "ema": 0.1,
    "label_smoothing": 0.05,
    "augmentation": "light",
    "options": NETWORK_OPTIONS,
    "init": None,
    "validation": None,
    "limit": None,
    "seed": 0,
    "export": True,
}


def settings(**changes):
    plain = Architecture("a network", Recipe(epochs=5), build=print)
    return replace(from_request(make_request("cnn"), plain, "mnist"), **changes)


def test_the_recipe_fills_in_what_was_not_asked_for():
    assert asdict(from_request(make_request("cnn"), NETWORK, "mnist")) == DEFAULTS


@pytest.mark.parametrize(
    "asked",
    [
        {"epochs": 1},
        {"batch_size": 1},
        {"learning_rate": 0.5},
        {"dropout": 0.0},
        {"validation": 0.0},
        {"limit": 12},
        {"seed": 9},
        {"schedule": "one-cycle"},
        {"optimizer": "sgd", "momentum": 0.0},
        {"weight_decay": 0.0},
        {"ema": 0.0},
        {"label_smoothing": 0.0},
        {"augmentation": "none"},
        {"export": False},
        {"epochs": 2, "dropout": 0.0, "limit": 3},
    ],
    ids=str,
)
def test_what_was_asked_for_wins_over_the_recipe(asked):
    found = from_request(make_request("cnn", **asked), NETWORK, "mnist")
    assert asdict(found) == DEFAULTS | asked


@pytest.mark.parametrize(
    ("option", "text", "value"),
    [
        ("width", "16", 16),
        ("width", 16, 16),
        ("kind", "1", "1"),
        ("kind", "", ""),
        ("rate", "1", 1.0),
        ("rate", "1e-3", 0.001),
        ("rate", 2, 2.0),
        ("residual", "False", False),
        ("residual", "false", False),
        ("residual", "NO", False),
        ("residual", "0", False),
        ("residual", "True", True),
        ("residual", "yes", True),
        ("residual", "1", True),
        ("residual", False, False),
    ],
)
def test_options_of_the_architecture_are_taken_by_name_and_made_their_own_type(option, text, value):
    given = from_request(make_request("cnn", options={option: text}), NETWORK, "mnist").options
    assert given == NETWORK_OPTIONS | {option: value}
    assert type(given[option]) is type(value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"depth": "3"},
            r"an option of the architecture \(width, kind, rate, residual\), received depth",
        ),
        ({"width": "wide"}, "a whole number for width, received 'wide'"),
        ({"width": "1e3"}, "a whole number for width, received '1e3'"),
        ({"width": "8.5"}, "a whole number for width, received '8.5'"),
        ({"width": 8.5}, "a whole number for width, received 8.5"),
        ({"width": True}, "a whole number for width, received True"),
        ({"width": "9" * 5000}, "a whole number for width, received '999"),
        ({"rate": "inf"}, "a number for rate, received 'inf'"),
        ({"rate": "nan"}, "a number for rate, received 'nan'"),
        ({"rate": "1e999"}, "a number for rate, received '1e999'"),
        ({"rate": True}, "a number for rate, received True"),
        ({"rate": ""}, "a number for rate, received ''"),
        ({"residual": "maybe"}, "true or false for residual, received 'maybe'"),
        ({"residual": "2"}, "true or false for residual, received '2'"),
        ({"residual": ""}, "true or false for residual, received ''"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_an_option_the_architecture_has_not_or_can_not_take_is_refused(options, message):
    with pytest.raises(UsageError, match=message):
        from_request(make_request("cnn", options=options), NETWORK, "mnist")


def test_adam_leaves_the_weight_decay_of_the_recipe_aside_and_refuses_one_asked_for():
    assert from_request(make_request("cnn", optimizer="adam"), NETWORK, "mnist").weight_decay == 0
    with pytest.raises(UsageError, match=r"no weight decay with adam, received 0\.1; choose"):
        from_request(make_request("cnn", optimizer="adam", weight_decay=0.1), NETWORK, "mnist")


@pytest.mark.parametrize("name", ["schedule", "optimizer", "augmentation"])
def test_a_name_that_is_not_there_is_refused_in_a_recipe_and_in_a_record(name):
    strange = replace(NETWORK, recipe=replace(RECIPE, **{name: "nope"}))
    with pytest.raises(PluginError, match=f"expected {name} to be one of .*, received 'nope' from"):
        from_request(make_request("cnn"), strange, "mnist")
    for damaged in ("nope", ["nope"]):
        with pytest.raises(ValueError, match=rf"expected settings\.{name} to be one of"):
            typed_json.read(Settings, asdict(settings(**{name: damaged})), "settings")


@pytest.mark.parametrize(
    "asked",
    [
        {"epochs": 0},
        {"epochs": 2**31},
        {"batch_size": 1.5},
        {"learning_rate": "x"},
        {"learning_rate": float("nan")},
        {"dropout": 1},
        {"momentum": True},
        {"schedule": "nope"},
        {"limit": -1},
        {"seed": -5},
        {"seed": 2**32},
        {"options": {"kind": None}},
    ],
    ids=str,
)
def test_a_value_that_can_not_be_is_refused_wherever_it_comes_from(asked):
    (name,) = asked
    if name != "options":
        with pytest.raises(UsageError, match=f"expected {name} to be .*; choose another"):
            from_request(make_request("cnn", **asked), NETWORK, "mnist")
    if name in asdict(RECIPE):
        strange = replace(NETWORK, recipe=replace(RECIPE, **asked))
        with pytest.raises(PluginError, match=f"expected {name} to be .* from the recipe of 'cnn'"):
            from_request(make_request("cnn"), strange, "mnist")
    with pytest.raises(ValueError, match=rf"expected settings\.{name}"):
        typed_json.read(Settings, asdict(settings(**asked)), "settings")


@pytest.mark.parametrize("values", [(), (None,), ([1],), (b"x",)], ids=str)
def test_an_architecture_whose_option_has_no_value_of_a_known_type_is_refused(values):
    flaw = replace(NETWORK, options={"width": values}).flaw()
    assert flaw.startswith("expected width to have values")


def test_the_command_says_all_that_was_settled():
    found = from_request(
        make_request("cnn", options={"kind": "two words"}, export=False, limit=9),
        NETWORK,
        "folder:/a b",
    )
    words = shlex.split(found.command())
    assert words[:2] == ["mnistkit", "train"]
    assert "--no-export" in words
    pairs = dict(pairwise(words))
    assert pairs["--dataset"] == "folder:/a b"
    assert pairs["--weight-decay"] == "0.01"
    assert pairs["--limit"] == "9"
    assert {words[i + 1] for i, word in enumerate(words) if word == "--option"} == {
        "width=8",
        "kind=two words",
        "rate=0.5",
        "residual=True",
    }
    assert "--init" not in words


def test_the_dataset_that_was_found_is_recorded_and_not_the_one_asked_for():
    found = from_request(make_request("cnn", dataset="mnist"), NETWORK, "mnist-sample")
    assert found.dataset == "mnist-sample"


@pytest.mark.parametrize("schedule", ["constant", "cosine"])
@pytest.mark.parametrize("last_epoch", [None, 5])
def test_a_run_goes_on_with_what_it_recorded(schedule, last_epoch):
    recorded = settings(schedule=schedule, seed=4, limit=30)
    assert to_resume(recorded, 2, last_epoch) == recorded


@pytest.mark.parametrize("last_epoch", [2, 3, 50])
def test_a_constant_schedule_may_end_earlier_or_later(last_epoch):
    recorded = settings(schedule="constant", seed=4)
    assert to_resume(recorded, 2, last_epoch) == replace(recorded, epochs=last_epoch)


@pytest.mark.parametrize("last_epoch", [4, 6])
def test_a_schedule_laid_over_all_epochs_can_not_be_changed(last_epoch):
    with pytest.raises(UsageError, match=f"5 epochs that the cosine .* --epochs {last_epoch};"):
        to_resume(settings(schedule="cosine"), 2, last_epoch)
    with pytest.raises(UsageError, match=f"5 epochs that the average .* --epochs {last_epoch};"):
        to_resume(settings(ema=0.1), 2, last_epoch)


def test_no_fewer_epochs_than_are_done():
    with pytest.raises(UsageError, match=r"at least the 3 epochs .* received --epochs 2"):
        to_resume(settings(), 3, 2)


def test_the_command_can_be_typed_whatever_the_dataset_is_called():
    name = "folder:/home/some one's/my digits"
    words = shlex.split(settings(dataset=name).command())
    assert words[words.index("--dataset") + 1] == name
