"""Drawing an evaluation: its confusion matrix and its worst mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mnistkit.core.arrays import Images
from mnistkit.evaluation.metrics import Evaluation
from mnistkit.evaluation.results import Measured
from mnistkit.reporting import style
from mnistkit.reporting.figures import save_figure

COLUMNS = ROWS = 5
# Classes; with more, neither names nor numbers would be legible.
MOST_WRITTEN = 50
LONG_NAME = 3
# Characters of a class name above an image.
MOST_IN_PANEL = 10

DARK = 0.45
"""Luminance, in [0, 1], below which a cell's number is light."""

LUMINANCE = np.array([0.2126, 0.7152, 0.0722])
"""The share of red, green and blue in what an eye sees as light."""


def draw(measured: Measured, images: Images, path: Path, *, overwrite: bool = True) -> None:
    """Draw the confusion matrix and the mistakes of highest confidence.

    Args:
        measured: The results of a model on a split.
        images: The images of the split, uint8 (n, 28, 28).
        path: The file to write; its suffix decides the format (PNG, PDF, SVG).
        overwrite: Whether an existing file is replaced.
    """
    from matplotlib.figure import Figure

    evaluation = measured.evaluation
    with style.styled(**{"axes.grid": False}):
        figure = Figure(figsize=(13, 6.5))
        title = style.title(measured.model, measured.dataset)
        figure.suptitle(f"{title}, {measured.split} split", parse_math=False)
        panes: Any = figure.subfigures(1, 2)
        left, right = panes
        _draw_matrix(left.subplots(), evaluation)
        _draw_mistakes(right, evaluation, images)
        save_figure(figure, path, overwrite=overwrite)


def _draw_matrix(axes: Any, evaluation: Evaluation) -> None:
    matrix = evaluation.confusion_matrix
    low, high = evaluation.accuracy_interval
    axes.set_title(
        f"accuracy {evaluation.accuracy:.2%} (95 % interval {low:.2%} to {high:.2%}), "
        f"{evaluation.count:,} images"
    )
    mistakes = matrix.astype(float)
    np.fill_diagonal(mistakes, 0)
    shown = axes.imshow(mistakes, cmap=style.HEAT)
    axes.set(xlabel="predicted", ylabel="label")
    axes.spines[:].set_visible(True)
    if len(matrix) > MOST_WRITTEN:
        axes.figure.colorbar(shown, ax=axes, label="mistakes (images)", shrink=0.8)
        return
    ticks = range(len(matrix))
    upright = max(map(len, evaluation.class_names)) > LONG_NAME
    # matplotlib would typeset text between dollar signs as mathematics.
    axes.set_xticks(ticks, evaluation.class_names, rotation=90 if upright else 0, parse_math=False)
    axes.set_yticks(ticks, evaluation.class_names, parse_math=False)
    size = 8 if len(matrix) <= MOST_WRITTEN // 2 else 5
    for row, column in zip(*np.nonzero(matrix), strict=True):
        is_dark = shown.to_rgba(mistakes[row, column])[:3] @ LUMINANCE < DARK
        look = {"color": "white" if is_dark else style.INK, "fontsize": size}
        axes.text(column, row, matrix[row, column], ha="center", va="center", **look)


def _draw_mistakes(pane: Any, evaluation: Evaluation, images: Images) -> None:
    """Draw the mistakes of highest confidence with their positions in the split."""
    if not evaluation.error_count:
        pane.suptitle("no mistakes")
        return
    pane.suptitle(
        f"wrong with the highest confidence, of {evaluation.error_count:,} mistakes",
        fontsize="medium",
    )
    panels = pane.subplots(ROWS, COLUMNS).flat
    worst = evaluation.worst_mistakes(ROWS * COLUMNS)
    for panel in panels:
        panel.axis("off")
    for panel, position in zip(pane.axes, worst, strict=False):
        _draw_mistake(panel, evaluation, images, int(position))


def _draw_mistake(panel: Any, evaluation: Evaluation, images: Images, position: int) -> None:
    names = evaluation.class_names
    predicted = int(evaluation.predicted[position])
    confidence = evaluation.probabilities[position, predicted]
    label = style.brief(names[evaluation.class_indices[position]], MOST_IN_PANEL)
    panel.imshow(images[position], cmap="gray_r", vmin=0, vmax=255)
    panel.set_title(
        f"{label} read as {style.brief(names[predicted], MOST_IN_PANEL)}\n"
        f"{confidence:.0%}, image {position}",
        fontsize=8,
        loc="center",
        parse_math=False,
    )
