"""Drawing an evaluation: its confusion matrix and its worst mistakes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from mnistkit.core.arrays import Images
from mnistkit.evaluation.metrics import Evaluation
from mnistkit.reporting.figures import save_figure

COLUMNS = ROWS = 5
# Classes; with more, neither names nor numbers would be legible.
MOST_WRITTEN = 50
LONG_NAME = 3


def draw(evaluation: Evaluation, images: Images, path: Path, *, overwrite: bool = True) -> None:
    """Draw the confusion matrix and the mistakes of highest confidence.

    Args:
        evaluation: The evaluation.
        images: Its images, uint8 (n, 28, 28).
        path: The file to write; its suffix decides the format (PNG, PDF, SVG).
        overwrite: Whether an existing file is replaced.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(13, 6), layout="constrained")
    panes: Any = figure.subfigures(1, 2)
    left, right = panes
    _draw_matrix(left.subplots(), evaluation)
    right.suptitle(f"wrong with the highest confidence, of {evaluation.error_count} mistakes")
    panels = right.subplots(ROWS, COLUMNS).flat
    worst = evaluation.worst_mistakes(ROWS * COLUMNS)
    for panel in panels:
        panel.axis("off")
    for panel, position in zip(right.axes, worst, strict=False):
        _draw_mistake(panel, evaluation, images, int(position))
    save_figure(figure, path, overwrite=overwrite)


def _draw_matrix(axes: Any, evaluation: Evaluation) -> None:
    matrix = evaluation.confusion_matrix
    low, high = evaluation.accuracy_interval
    axes.set_title(
        f"accuracy {evaluation.accuracy:.2%} ({low:.2%} to {high:.2%}), {evaluation.count:,} images"
    )
    mistakes = matrix.astype(float)
    np.fill_diagonal(mistakes, 0)
    axes.imshow(mistakes, cmap="Oranges")
    axes.set(xlabel="predicted", ylabel="label")
    if len(matrix) > MOST_WRITTEN:
        return
    ticks = range(len(matrix))
    upright = max(map(len, evaluation.class_names)) > LONG_NAME
    # matplotlib would typeset text between dollar signs as mathematics.
    axes.set_xticks(ticks, evaluation.class_names, rotation=90 if upright else 0, parse_math=False)
    axes.set_yticks(ticks, evaluation.class_names, parse_math=False)
    for row, column in zip(*np.nonzero(matrix), strict=True):
        axes.text(column, row, matrix[row, column], ha="center", va="center", fontsize=8)


def _draw_mistake(panel: Any, evaluation: Evaluation, images: Images, position: int) -> None:
    names = evaluation.class_names
    predicted = int(evaluation.predicted[position])
    confidence = evaluation.probabilities[position, predicted]
    panel.imshow(images[position], cmap="gray_r", vmin=0, vmax=255)
    panel.set_title(
        f"{names[evaluation.class_indices[position]]} as {names[predicted]}, {confidence:.0%}",
        fontsize=9,
        parse_math=False,
    )
