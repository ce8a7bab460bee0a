"""`mnistkit tune`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mnistkit.cli import options, output, wrapping
from mnistkit.cli.store import make_store
from mnistkit.errors import InterruptedRunError


def tune(
    architecture: Annotated[
        str,
        typer.Option(
            help="The network; `mnistkit plugins --kind architectures` lists them.",
            autocompletion=options.complete("architecture"),
        ),
    ] = "cnn",
    dataset: options.DatasetOption = None,
    data_dir: options.DataDirOption = None,
    trials: Annotated[
        int, typer.Option(min=1, help="Trials of the study, over all its workers.")
    ] = 50,
    timeout: Annotated[
        float | None,
        typer.Option(
            parser=options.duration,
            metavar="TIME",
            help="Start no trial after this time, such as 30s, 10m or 1h.",
        ),
    ] = None,
    study: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The study's name; an existing study is continued. Default: the "
            "architecture's and the dataset's.",
        ),
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Where the study is kept: journal:PATH, or a database that many workers share, "
            "such as postgresql://USER@HOST/DATABASE. Default: a journal in the study's folder.",
        ),
    ] = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help="The most epochs of a trial. Default: the recipe's.")
    ] = None,
    pruner: Annotated[
        Literal["asha", "hyperband", "none"],
        typer.Option(help="What stops unpromising trials early."),
    ] = "asha",
    validation: options.ValidationOption = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Use the first N training images only.", metavar="N")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Random seed.")] = 0,
    output_dir: Annotated[
        Path | None,
        typer.Option("--output", help="The study's folder. Default: one below ./studies."),
    ] = None,
    format: options.FormatOption = "text",
) -> None:
    """Search for the recipe that trains a network best.

    Learning rate, dropout, batch size, schedule, augmentation and the architecture's own options,
    by the validation accuracy; the test images are never loaded. The same command, on any
    machine that reaches the storage, continues the study or works on it too.

    Example:
        mnistkit tune --architecture cnn --trials 20 --timeout 1h
    """
    from mnistkit.tuning import require_optuna

    require_optuna()
    from mnistkit.cli.tune.progress import tuning_progress
    from mnistkit.training.settings import TrainingRequest
    from mnistkit.tuning import search

    training = TrainingRequest(
        architecture=architecture,
        dataset=dataset,
        epochs=epochs,
        validation=validation,
        limit=limit,
        seed=seed,
    )
    asked = search.Search(training, trials, study, storage, output_dir, pruner, timeout)
    tuning = search.begin(asked, make_store(data_dir))
    try:
        with tuning_progress(tuning.epochs) as progress:
            tuning.work(progress)
    except InterruptedRunError:
        _print(tuning.result(), format)
        raise
    _print(tuning.result(), format)


def _print(result: dict[str, Any], format: options.TextOrJson) -> None:
    if format == "json":
        output.document(result)
        return
    best, counts = result["best"], result["counts"]
    finished = counts.get("complete", 0) + counts.get("pruned", 0)
    running = f"; {counts['running']} running" if "running" in counts else ""
    output.line(
        f"{'trials':<20} {finished} finished, {counts.get('pruned', 0)} of them pruned; "
        f"{counts.get('fail', 0)} failed{running}"
    )
    output.line(f"{'study':<20} {result['folder']}")
    if best is None:
        output.note("no trial has finished yet; the same command goes on")
        return
    output.line(f"{'best trial':<20} {best['number']}")
    output.line(f"{'validation accuracy':<20} {best['accuracy']:.2%}")
    for name, value in best["parameters"].items():
        output.line(f"{name:<20} {value}")
    output.line("next")
    for line in wrapping.command(best["command"]):
        output.line(line)
