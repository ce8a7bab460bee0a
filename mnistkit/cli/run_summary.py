"""Print a finished run."""

from __future__ import annotations

import shlex
import sys
from typing import TYPE_CHECKING

from mnistkit.cli import options, output, terminal, wrapping

if TYPE_CHECKING:
    from mnistkit.core.models.record import Metrics
    from mnistkit.core.models.run_folder import Run


def print_run(run: Run, format: options.TextOrJson) -> None:
    """Print the results of a finished run, and the commands that use it."""
    metrics = run.record.metrics
    if format == "json":
        output.document({"run": str(run.path), **run.record.to_json()})
        return
    if metrics:
        _print_metrics(metrics)
    _print_curves(run)
    output.line(f"{'run':<20} {run.path}")
    model = shlex.quote(str(run.path))
    following = [f"mnistkit predict PICTURE --model {model}", f"mnistkit evaluate --model {model}"]
    if not run.exported.is_file():
        following.insert(0, f"mnistkit export --model {model}")
    output.line("next")
    for command in following:
        for line in wrapping.command(command):
            output.line(line)


def _print_curves(run: Run) -> None:
    """Print the curves of a training on a terminal; in a pipe they are of no use."""
    from mnistkit.core.models.record import TrainingRecord

    if sys.stdout.isatty() and isinstance(run.record, TrainingRecord):
        from mnistkit.reporting import sparkline

        levels = sparkline.BLOCKS if terminal.has_blocks() else sparkline.ASCII
        for line in sparkline.curve_lines(run.record.settings, run.record.history, levels):
            output.line(line)


def _print_metrics(metrics: Metrics) -> None:
    for measures, title in (
        (metrics.train, "training accuracy"),
        (metrics.validation, "validation accuracy"),
        (metrics.test, "test accuracy"),
    ):
        if measures:
            output.line(f"{title:<20} {measures.accuracy:.2%}")
    first = metrics.first_test_image
    output.line(f"{'first test image':<20} predicted {first.predicted}, labelled {first.label}")
