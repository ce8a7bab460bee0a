"""`mnistkit benchmark`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mnistkit.cli import options
from mnistkit.cli.benchmark.results import BenchmarkFormat


def _models(value: list[str] | None) -> list[str]:
    """Return the names of models; refuse the name of an architecture."""
    for name in value or ():
        options.model(name)
    return value or []


def benchmark(
    ctx: typer.Context,
    models: Annotated[
        list[str] | None,
        typer.Argument(
            callback=_models,
            metavar="[MODEL] [ARTIFACT]...",
            help="Run folders, .keras files, exported models or `bundled`; the first one is the "
            "reference. A run alone stands for every model in it: its exported ones and the "
            "Keras model. Beside others it is measured as `predict` uses it. Default: "
            "$MNISTKIT_MODEL, else the newest finished run in ./runs, else `bundled`.",
            show_default=False,
        ),
    ] = None,
    rounds: Annotated[
        int, typer.Option(min=1, metavar="N", help="How often each model is measured.")
    ] = 5,
    images: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help="Images to time in each round; p99 needs 100 or more."
        ),
    ] = 512,
    threads: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Cores that each process may use, whatever its runtime. Default: all.",
            show_default=False,
        ),
    ] = None,
    dataset: Annotated[
        str | None,
        options.dataset_option(
            "A dataset, as `mnistkit datasets` lists them, whose test images give accuracy and "
            "differences. Default: the one the first model was trained on, or the bundled sample "
            "if that can't be loaded."
        ),
    ] = None,
    limit: Annotated[
        int | None,
        options.in_data(min=1, metavar="N", help="Use the first N images of the dataset only."),
    ] = None,
    data_dir: options.DataDirOption = None,
    plot: Annotated[
        Path | None,
        options.in_output(metavar="FILE", help="Draw the results as bars to this file."),
    ] = None,
    force: options.ForceOption = False,
    format: Annotated[
        BenchmarkFormat, options.in_output("--format", help="Format of the results.")
    ] = "text",
) -> None:
    """Compare models by size, speed, memory and accuracy.

    Prints size, time to the first answer, latency of one image, throughput at the best batch size,
    memory, accuracy, and the largest difference from the first model's probabilities: medians of
    several rounds, in which the models take turns.

    Example:
        mnistkit benchmark bundled --rounds 3
    """
    from mnistkit.cli.benchmark import results
    from mnistkit.cli.store import make_store
    from mnistkit.evaluation.benchmark import measuring
    from mnistkit.evaluation.benchmark.results import Settings
    from mnistkit.evaluation.benchmark.targets import choose
    from mnistkit.reporting import benchmark as bars
    from mnistkit.reporting.figures import claim_figure

    targets = choose(models or [])
    if plot is not None:
        ctx.with_resource(claim_figure(plot, force=force))
    source = measuring.Source(dataset, make_store(data_dir), limit)
    report = measuring.benchmark(targets, source, Settings(rounds, images, threads))
    try:
        results.PRINT[format](report)
    finally:
        # Draw even if stdout is closed.
        if plot is not None:
            bars.draw(report, plot, overwrite=force)
    if len(report.measured) < len(report.rows):
        raise typer.Exit(1)
