"""Drawing a benchmark: a panel of bars for each measure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from mnistkit.evaluation.benchmark.results import Report, Row, rounded
from mnistkit.reporting import style
from mnistkit.reporting.figures import save_figure

PANELS: Sequence[tuple[str, Callable[[Row], float | None]]] = (
    ("size, kB", lambda row: row.bytes / 1e3),
    ("first answer, s", lambda row: row.first_answer),
    ("memory, MB", lambda row: None if row.memory is None else row.memory / 1e6),
    ("latency of one image, p50, ms", lambda row: row.latency_p50 * 1e3),
    ("throughput, images/s", lambda row: row.throughput[row.best_batch]),
)
# In inches.
WIDTH, MARGIN, ROW_HEIGHT = 13, 1.5, 0.7
LONGEST_NAME = 40


def draw(report: Report, path: Path, *, overwrite: bool = True) -> None:
    """Draw the measured models.

    Args:
        report: The results.
        path: The file to write; its suffix decides the format (PNG, PDF, SVG).
        overwrite: Whether an existing file is replaced.
    """
    from matplotlib.figure import Figure

    rows = report.measured
    height = 2 * (MARGIN + ROW_HEIGHT * len(rows))
    with style.styled(**{"axes.grid.axis": "x"}):
        figure = Figure(figsize=(WIDTH, height))
        *bars, accuracy = figure.subplots(2, 3, sharey=True).flat
        for axes, (title, measure) in zip(bars, PANELS, strict=True):
            _draw_bars(axes, title, [measure(row) for row in rows])
        _draw_accuracy(accuracy, report)
        # The first one on top; both rows of panels share the axis.
        accuracy.set_ylim(len(rows) - 0.5, -0.5)
        for axes in figure.axes:
            # matplotlib would typeset text between dollar signs as mathematics.
            axes.set_yticks(range(len(rows)), [*map(_label, rows)], parse_math=False)
        save_figure(figure, path, overwrite=overwrite)


def _draw_bars(axes: Any, title: str, values: Sequence[float | None]) -> None:
    axes.set_title(title, fontsize=10)
    bars = axes.barh(
        range(len(values)), [value or 0 for value in values], height=0.6, color=style.FIRST
    )
    axes.bar_label(bars, ["-" if value is None else rounded(value) for value in values], padding=3)
    axes.margins(x=0.2)


def _draw_accuracy(axes: Any, report: Report) -> None:
    axes.set_title(
        f"accuracy on {len(report.loaded.images):,} images, 95 % interval, %", fontsize=10
    )
    for position, row in enumerate(report.measured):
        if row.evaluation:
            low, high = row.evaluation.accuracy_interval
            axes.plot([low * 100, high * 100], [position] * 2, color=style.FIRST)
            axes.plot(row.evaluation.accuracy * 100, position, "o", color=style.FIRST)


def _label(row: Row) -> str:
    """Return the end of a model's name."""
    return style.brief(row.name, LONGEST_NAME)
