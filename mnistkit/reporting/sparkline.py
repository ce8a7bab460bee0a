"""Curves of a training as lines of characters, for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from mnistkit.core.models.record import Epoch
from mnistkit.core.models.training_settings import Settings
from mnistkit.reporting.curves import best_epoch, training_name

BLOCKS, ASCII = "▁▂▃▄▅▆▇█", ".:-=+*#@"
"""Characters from the lowest value to the highest."""

WIDEST = 24
"""Epochs in a line; of more, some are left out, the last one never."""

FEWEST = 2
"""Epochs of a curve."""

INDENT = 20


def curve_lines(
    settings: Settings, history: Sequence[Epoch], levels: str = BLOCKS
) -> Iterator[str]:
    """Yield the accuracy of each epoch, on one scale for training and validation.

    There are no lines for a single epoch.
    """
    if len(history) < FEWEST:
        return
    curves = {"training": [row.accuracy for row in history]}
    validated = [row.validation_accuracy for row in history if row.validation_accuracy is not None]
    if len(validated) == len(history):
        curves["validation"] = validated
    what = training_name(settings, "accuracy")
    yield "accuracy by epoch" if what in curves else f"accuracy by epoch ({what})"
    low, high = min(map(min, curves.values())), max(map(max, curves.values()))
    for name, values in curves.items():
        line = sparkline(values, low, high, levels)
        best = _best(history) if name == "validation" else ""
        yield f"  {name:<{INDENT - 2}} {line}  {values[0]:.2%} to {values[-1]:.2%}{best}"


def sparkline(values: Sequence[float], low: float, high: float, levels: str) -> str:
    """Return a character for each value, between those of `low` and `high`."""
    count = min(len(values), WIDEST)
    last = len(values) - 1
    shown = [values[round(place * last / max(count - 1, 1))] for place in range(count)]
    top = len(levels) - 1
    return "".join(
        levels[round(top * (value - low) / (high - low)) if high > low else top] for value in shown
    )


def _best(history: Sequence[Epoch]) -> str:
    """Return which epoch is the best one, unless it is the last one."""
    best = best_epoch(history)
    return f"; best in {best.epoch}" if best is not None and best is not history[-1] else ""
