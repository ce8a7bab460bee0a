"""The curves of a training."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PIL import Image

from mnistkit.core.models.choice import BUNDLED_RUN
from mnistkit.core.models.record import Epoch
from mnistkit.core.models.run_folder import read
from mnistkit.reporting import curves
from mnistkit.reporting.curves import LiveCurves, best_epoch, training_name

ACCURACIES = (0.9, 0.95, 0.97, 0.97, 0.96)


@pytest.fixture
def settings():
    return replace(
        read(BUNDLED_RUN).record.settings, dropout=0, label_smoothing=0, augmentation="none"
    )


def history(*accuracies, seconds=100.0):
    return [
        Epoch(number, 1 / number, 0.8, seconds, 10.0, 1 / number, accuracy)
        for number, accuracy in enumerate(accuracies, start=1)
    ]


@pytest.mark.parametrize(
    ("changes", "loss", "accuracy"),
    [
        ({}, "training", "training"),
        ({"dropout": 0.5}, "training, with dropout", "training, with dropout"),
        ({"label_smoothing": 0.1}, "training, with smoothed targets", "training"),
        (
            {"dropout": 0.5, "label_smoothing": 0.1, "augmentation": "light"},
            "training, with augmented images, dropout and smoothed targets",
            "training, with augmented images and dropout",
        ),
    ],
    ids=["plain", "dropout", "smoothed", "all"],
)
def test_the_training_curve_is_named_for_what_it_is(settings, changes, loss, accuracy):
    changed = replace(settings, **changes)
    assert training_name(changed, "loss") == loss
    assert training_name(changed, "accuracy") == accuracy


def test_the_best_epoch_is_the_first_of_the_highest_validation_accuracy():
    assert best_epoch(history(*ACCURACIES)).epoch == 3
    assert best_epoch(history(None, None)) is None


def test_the_plot_names_run_and_dataset_and_marks_the_best_epoch(settings, tmp_path, monkeypatch):
    drawn = []
    monkeypatch.setattr(curves, "save_figure", lambda figure, _path: drawn.append(figure))
    curves.draw_curves(settings, history(*ACCURACIES), tmp_path / "first")
    (figure,) = drawn
    assert figure.get_suptitle() == "first: vgg on mnist"
    loss, accuracy = figure.axes
    assert (loss.get_ylabel(), accuracy.get_ylabel()) == ("loss (nats)", "accuracy")
    for axes in figure.axes:
        assert axes.get_xlabel() == "epoch"
        assert all(tick == round(tick) for tick in axes.get_xticks())
        training, validation, best = axes.lines
        assert {line.get_linestyle() for line in (training, validation)} == {"-", "--"}
        assert set(best.get_xdata()) == {3}
    assert accuracy.lines[1].get_ydata().tolist() == list(ACCURACIES)


@pytest.mark.parametrize("accuracies", [(0.9,), (None, None)], ids=["one epoch", "no validation"])
def test_every_history_is_drawn(settings, tmp_path, accuracies):
    curves.draw_curves(settings, history(*accuracies), tmp_path)
    with Image.open(tmp_path / "curves.png") as picture:
        picture.load()


def test_a_running_training_is_drawn_unless_that_would_slow_it(settings, tmp_path):
    live = LiveCurves()
    short, long = history(0.9, seconds=1.0), history(0.9, 0.95, seconds=1000.0)
    assert not live.draw(settings, short, tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert live.draw(settings, long, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["curves.png"]
    assert not live.draw(settings, short, tmp_path)
