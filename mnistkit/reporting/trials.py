"""Drawing the trials of a study: their accuracies, their parameters, and what mattered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mnistkit.reporting import style
from mnistkit.reporting.figures import save_figure

Value = str | int | float

# A parameter that spans more than this factor is drawn on a logarithmic axis.
WIDE = 20


@dataclass(frozen=True)
class DrawnTrial:
    """A finished trial: its number, its last validation accuracy, and whether it was pruned."""

    number: int
    accuracy: float
    pruned: bool
    parameters: Mapping[str, Value]


def draw_history(trials: Sequence[DrawnTrial], title: str, path: Path) -> None:
    """Draw the accuracy of every trial, pruned ones too, and the best one so far."""
    from matplotlib.ticker import PercentFormatter

    complete = [trial for trial in trials if not trial.pruned]
    pruned = [trial for trial in trials if trial.pruned]
    with style.styled():
        axes = _axes(title)
        axes.plot(*_points(complete), "o", color=style.FIRST, label="complete")
        if pruned:
            look = {"color": style.SECOND, "markerfacecolor": "none"}
            axes.plot(*_points(pruned), "v", label="pruned, at its last epoch", **look)
        numbers, accuracies = _points(complete)
        best = np.maximum.accumulate(accuracies)
        axes.step(numbers, best, color=style.INK, where="post", label="best so far")
        axes.set(xlabel="trial", ylabel="validation accuracy")
        axes.yaxis.set_major_formatter(PercentFormatter(1))
        style.use_whole_numbers(axes.xaxis)
        axes.legend()
        save_figure(axes.figure, path)


def draw_importances(importances: Mapping[str, float], title: str, path: Path) -> None:
    """Draw each parameter's share of what made the accuracies differ, the largest on top."""
    with style.styled():
        axes = _axes(title)
        ascending = sorted(importances, key=lambda name: importances[name])
        shares = [importances[name] for name in ascending]
        bars = axes.barh(ascending, shares, color=style.FIRST)
        axes.bar_label(bars, fmt="{:.0%}", padding=4)
        axes.set(xlabel="importance (share of all)", ylabel="parameter", xlim=(0, 1))
        axes.grid(visible=False, axis="y")
        save_figure(axes.figure, path)


def draw_parallel(trials: Sequence[DrawnTrial], title: str, path: Path) -> None:
    """Draw each trial as a line through its parameters, darker for a higher accuracy.

    Pruned trials are dotted; the best one is drawn in orange.
    """
    import matplotlib as mpl
    from matplotlib.cm import ScalarMappable
    from matplotlib.colors import Normalize

    names = list(dict.fromkeys(name for trial in trials for name in trial.parameters))
    scales = {name: _scale([trial.parameters.get(name) for trial in trials]) for name in names}
    best = max((trial for trial in trials if not trial.pruned), key=lambda trial: trial.accuracy)
    accuracies = [trial.accuracy for trial in trials]
    low, high = min(accuracies), max(accuracies)
    # The palest blues would not be seen.
    norm, colours = Normalize(low - (high - low) / 2, high), mpl.colormaps["Blues"]
    with style.styled(**{"axes.grid": False, "axes.spines.left": False}):
        axes = _axes(title)
        for trial in sorted(trials, key=lambda trial: (trial is best, trial.accuracy)):
            look = {"color": colours(norm(trial.accuracy)), "linewidth": 1.2}
            if trial is best:
                look = {"color": style.SECOND, "linewidth": 2.5}
            heights = [scales[name].get(trial.parameters.get(name), np.nan) for name in names]
            axes.plot(range(len(names)), heights, ":" if trial.pruned else "-", **look)
        for place, name in enumerate(names):
            axes.axvline(place, color=style.MUTED, linewidth=0.8)
            _write_values(axes, place, scales[name])
        axes.set_xticks(range(len(names)), names, parse_math=False)
        axes.set(yticks=[], xlabel="parameter (dotted: pruned; orange: the best trial)")
        bar = ScalarMappable(norm, colours)
        axes.figure.colorbar(bar, ax=axes, label="validation accuracy", format="{x:.1%}")
        save_figure(axes.figure, path)


def _axes(title: str) -> Any:
    from matplotlib.figure import Figure

    axes = Figure(figsize=(10, 5)).subplots()
    axes.set_title(title, parse_math=False)
    return axes


def _points(trials: Sequence[DrawnTrial]) -> tuple[list[int], list[float]]:
    return [trial.number for trial in trials], [trial.accuracy for trial in trials]


def _scale(values: Sequence[Value | None]) -> dict[Any, float]:
    """Return the height of each value, from 0 to 1: by its size, or for texts by their order."""
    given = {value for value in values if value is not None}
    numbers = sorted(value for value in given if not isinstance(value, str))
    if len(numbers) < len(given) or len(numbers) == 1:
        ordered = sorted(given, key=str)
        return dict(zip(ordered, np.linspace(0, 1, len(ordered) + 2)[1:-1], strict=True))
    heights = np.array(numbers, float)
    if heights[0] > 0 and heights[-1] / heights[0] > WIDE:
        heights = np.log(heights)
    spread = (heights - heights[0]) / (heights[-1] - heights[0])
    return dict(zip(numbers, spread.tolist(), strict=True))


def _write_values(axes: Any, place: int, scale: Mapping[Any, float]) -> None:
    """Write the values beside a parameter's line: every text, of numbers the ends."""
    is_text = any(isinstance(value, str) for value in scale)
    shown = scale if is_text else {value: scale[value] for value in {min(scale), max(scale)}}
    for value, height in shown.items():
        text = value if is_text else f"{value:.3g}"
        axes.annotate(
            *(text, (place, height)),
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            fontsize=8,
            parse_math=False,
            bbox={"facecolor": "white", "alpha": 0.7, "edgecolor": "none", "pad": 1},
        )
