"""Drawing the curves of a run's history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mnistkit.reporting.figures import save_figure


def draw_curves(rows: Sequence[Mapping[str, Any]], path: Path) -> None:
    """Draw loss and accuracy over the epochs; the file's suffix decides the format."""
    from matplotlib.figure import Figure

    epochs = [row["epoch"] for row in rows]
    figure = Figure(figsize=(9, 4), layout="constrained")
    for axes, measure in zip(figure.subplots(1, 2), ("loss", "accuracy"), strict=True):
        axes.plot(epochs, [row[measure] for row in rows], "o-", label="training, with dropout")
        if f"validation_{measure}" in rows[0]:
            values = [row[f"validation_{measure}"] for row in rows]
            axes.plot(epochs, values, "o-", label="validation")
        axes.set(xlabel="epoch", ylabel=measure)
        axes.xaxis.get_major_locator().set_params(integer=True)
        axes.grid(alpha=0.3)
        axes.legend()
    save_figure(figure, path)
