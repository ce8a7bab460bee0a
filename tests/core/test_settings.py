"""What a training comes to, and what may change when it goes on."""

from __future__ import annotations

from dataclasses import asdict, replace

import pytest

from mnistkit.contracts import Recipe
from mnistkit.core.settings import Request, from_request, to_resume
from mnistkit.errors import UsageError

RECIPE = Recipe(epochs=7, batch_size=64, learning_rate=0.002, dropout=0.3, schedule="cosine")
DEFAULTS = {
    "architecture": "cnn",
    "dataset": "mnist",
    "epochs": 7,
    "batch_size": 64,
    "learning_rate": 0.002,
    "dropout": 0.3,
    "schedule": "cosine",
    "augmentation": "none",
    "validation": 0.1,
    "limit": None,
    "seed": 0,
    "export": True,
}


def settings(**changes):
    return replace(from_request(Request(), Recipe(epochs=5), "mnist"), **changes)


def test_the_recipe_fills_in_what_was_not_asked_for():
    assert asdict(from_request(Request(), RECIPE, "mnist")) == DEFAULTS


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
        {"export": False},
        {"epochs": 2, "dropout": 0.0, "limit": 3},
    ],
    ids=str,
)
def test_what_was_asked_for_wins_over_the_recipe(asked):
    assert asdict(from_request(Request(**asked), RECIPE, "mnist")) == DEFAULTS | asked


def test_the_dataset_that_was_found_is_recorded_and_not_the_one_asked_for():
    found = from_request(Request(dataset="mnist"), RECIPE, "mnist-sample")
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
    with pytest.raises(UsageError, match=f"cosine .* over 5, received {last_epoch}; start a new"):
        to_resume(settings(schedule="cosine"), 2, last_epoch)


def test_no_fewer_epochs_than_are_done():
    with pytest.raises(UsageError, match=r"at least the 3 epochs .* received --epochs 2"):
        to_resume(settings(), 3, 2)
