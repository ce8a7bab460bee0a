"""Drawing the curves of a training, while it runs and at its end."""

from __future__ import annotations

import time
from collections.abc import Sequence
from pathlib import Path
from textwrap import fill
from typing import Any, Literal

from mnistkit.core.models.record import Epoch
from mnistkit.core.models.run_folder import CURVES_FILE
from mnistkit.core.models.training_settings import Settings
from mnistkit.reporting import style
from mnistkit.reporting.figures import save_figure

Measure = Literal["loss", "accuracy"]

MOST_OF_TIME = 0.02
"""The largest share of a training's time that drawing may take."""

USUAL_SECONDS = 0.5
"""Seconds that the first drawing takes, in which matplotlib is imported."""

LEGEND_WIDTH = 40


class LiveCurves:
    """Draws the curves of a running training, as often as that takes little of its time."""

    def __init__(self) -> None:
        self._spent, self._last = 0.0, USUAL_SECONDS

    def draw(self, settings: Settings, history: Sequence[Epoch], run: Path) -> bool:
        """Draw the curves into a run folder and return True, or False if it would take too long."""
        trained = sum(row.seconds or 0 for row in history)
        if self._spent + self._last > MOST_OF_TIME * trained:
            return False
        began = time.perf_counter()
        draw_curves(settings, history, run)
        self._last = time.perf_counter() - began
        self._spent += self._last
        return True


def draw_curves(settings: Settings, history: Sequence[Epoch], run: Path) -> None:
    """Draw loss and accuracy over the epochs into a run folder."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import PercentFormatter

    with style.styled():
        figure = Figure(figsize=(10, 5))
        name = f"{style.brief(run.resolve().name)}: {settings.architecture}"
        figure.suptitle(style.title(name, settings.dataset), parse_math=False)
        left, right = figure.subplots(1, 2)
        _draw_measure(left, settings, history, "loss", "loss (nats)")
        _draw_measure(right, settings, history, "accuracy", "accuracy")
        right.yaxis.set_major_formatter(PercentFormatter(1))
        save_figure(figure, run / CURVES_FILE)


def best_epoch(history: Sequence[Epoch]) -> Epoch | None:
    """Return the epoch of the highest validation accuracy, the first of equal ones, if any."""
    validated = [row for row in history if row.validation_accuracy is not None]
    return max(validated, key=lambda row: row.validation_accuracy or 0.0, default=None)


def training_name(settings: Settings, measure: Measure) -> str:
    """Return what the training curve shows: its images, network and targets are not the plain ones.

    Smoothed targets change the loss alone.
    """
    parts = [
        *(["augmented images"] if settings.augmentation != "none" else []),
        *(["dropout"] if settings.dropout else []),
        *(["smoothed targets"] if settings.label_smoothing and measure == "loss" else []),
    ]
    return f"training, with {_listed(parts)}" if parts else "training"


def _listed(parts: Sequence[str]) -> str:
    *first, last = parts
    return f"{', '.join(first)} and {last}" if first else last


def _draw_measure(
    axes: Any, settings: Settings, history: Sequence[Epoch], measure: Measure, label: str
) -> None:
    """Draw the training and the validation curve of one measure, and mark the best epoch."""
    epochs = [row.epoch for row in history]
    drawn = {measure: training_name(settings, measure), f"validation_{measure}": "validation"}
    for number, (field, name) in enumerate(drawn.items()):
        values = [getattr(row, field) for row in history]
        if any(value is not None for value in values):
            axes.plot(epochs, values, label=fill(name, LEGEND_WIDTH), **style.series(number))
    best = best_epoch(history)
    if best is not None:
        text = f"best epoch: {best.epoch}, {best.validation_accuracy:.2%} in validation"
        axes.axvline(best.epoch, color=style.MUTED, linestyle=(0, (1, 2)), label=text)
    axes.set(xlabel="epoch", ylabel=label)
    style.use_whole_numbers(axes.xaxis)
    axes.legend(loc="upper left", bbox_to_anchor=(0, -0.14))
