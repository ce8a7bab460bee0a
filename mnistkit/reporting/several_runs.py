"""Drawing the curves of several runs in one figure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mnistkit.core.models.run_listing import ListedRun
from mnistkit.errors import UsageError
from mnistkit.reporting import style
from mnistkit.reporting.figures import save_figure
from mnistkit.reporting.names import legible

MOST_RUNS = 10
LONGEST_NAME = 50
UNITS = {"loss": ", nats", "accuracy": ""}


def draw(runs: Sequence[ListedRun], path: Path, *, overwrite: bool = True) -> None:
    """Draw loss and accuracy over the epochs, a line for each of the first ten runs.

    The measures are those of the validation images; of a run without any, those of the training
    images.

    Args:
        runs: The runs; those without epochs are left out.
        path: The file to write; its suffix decides the format (PNG, PDF, SVG).
        overwrite: Whether an existing file is replaced.

    Raises:
        UsageError: No run has epochs.
    """
    from matplotlib.figure import Figure

    drawn = [run for run in runs if run.history]
    if not drawn:
        raise UsageError("expected runs with epochs to draw, received none; train one first")
    with style.styled():
        figure = Figure(figsize=(10, 5.5))
        panels = figure.subplots(1, 2)
        for axes, measure in zip(panels, ("loss", "accuracy"), strict=True):
            for number, run in enumerate(drawn[:MOST_RUNS]):
                _draw_run(axes, run, measure, style.series(number))
            axes.set(xlabel="epoch", ylabel=f"{measure}{UNITS[measure]}")
            style.use_whole_numbers(axes.xaxis)
        figure.suptitle(_title(drawn), parse_math=False)
        handles, labels = panels[0].get_legend_handles_labels()
        legend = figure.legend(handles, labels, loc="outside lower center", ncols=2)
        for text in legend.get_texts():
            # matplotlib would typeset text between dollar signs as mathematics.
            text.set_parse_math(False)
        save_figure(figure, path, overwrite=overwrite)


def _draw_run(axes: Any, run: ListedRun, measure: str, look: dict[str, Any]) -> None:
    validated = run.history[-1].validation_accuracy is not None
    name = f"validation_{measure}" if validated else measure
    axes.plot(
        [row.epoch for row in run.history],
        [getattr(row, name) for row in run.history],
        label=_label(run, validated=validated),
        **look,
    )


def _label(run: ListedRun, *, validated: bool) -> str:
    result = run.status if run.test is None else f"test {run.test:.2%}"
    return (
        f"{result}: {legible(run.name, LONGEST_NAME)}{'' if validated else ', on training images'}"
    )


def _title(drawn: Sequence[ListedRun]) -> str:
    datasets = {str(run.dataset) for run in drawn[:MOST_RUNS]}
    on = f" on {legible(datasets.pop(), LONGEST_NAME)}" if len(datasets) == 1 else ""
    count = f"{MOST_RUNS} of {len(drawn)} runs" if len(drawn) > MOST_RUNS else f"{len(drawn)} runs"
    return f"validation loss and accuracy{f': {count}' if len(drawn) > 1 else ''}{on}"
