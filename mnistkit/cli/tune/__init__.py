"""`mnistkit tune`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mnistkit.cli import options, output, wrapping
from mnistkit.cli.store import make_store
from mnistkit.errors import InterruptedRunError

in_study = partial(typer.Option, rich_help_panel="Study")


def tune(
    architecture: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="The network, as `mnistkit plugins --kind architectures` lists them.",
            autocompletion=options.complete("architecture"),
        ),
    ] = "cnn",
    dataset: options.DatasetOption = None,
    trials: Annotated[
        int, typer.Option(min=1, metavar="N", help="Trials of the study, over all its workers.")
    ] = 50,
    timeout: Annotated[
        float | None,
        typer.Option(
            parser=options.duration,
            metavar="TIME",
            help="Start no trial after this time, such as 30s, 10m or 1h. Default: no limit.",
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Largest number of epochs of a trial. Default: the recipe's."
        ),
    ] = None,
    pruner: Annotated[
        Literal["asha", "hyperband", "none"],
        typer.Option(help="What stops unpromising trials early."),
    ] = "asha",
    seed: options.SeedOption = 0,
    study: Annotated[
        str | None,
        in_study(
            metavar="NAME",
            help="The study's name; an existing study is continued. Default: ARCHITECTURE-DATASET.",
        ),
    ] = None,
    output_dir: Annotated[
        Path | None,
        in_study(
            "--output",
            metavar="DIR",
            help="The study's folder. Default: ./studies/NAME.",
        ),
    ] = None,
    storage: Annotated[
        str | None,
        in_study(
            metavar="URL",
            help="Where the trials are stored: journal:PATH, or a database that many workers "
            "share, such as postgresql://USER@HOST/DATABASE. Default: a journal in the study's "
            "folder.",
        ),
    ] = None,
    data_dir: options.DataDirOption = None,
    validation: options.ValidationOption = None,
    limit: options.TrainingLimitOption = None,
    format: options.FormatOption = "text",
) -> None:
    """Search for the recipe that trains a network best.

    Searches learning rate, dropout, batch size, schedule, augmentation and the architecture's own
    options for the highest validation accuracy. The test images are never loaded. Repeat the
    command to continue the study, or run it at the same time to add a worker; workers on other
    machines need a shared --storage.

    Example:
        mnistkit tune --architecture cnn --trials 20 --timeout 1h
    """
    from mnistkit.tuning import require_optuna

    require_optuna()
    from mnistkit.cli.progress.display import Display
    from mnistkit.cli.tune.progress import TuningProgress
    from mnistkit.training.settings import TrainingRequest
    from mnistkit.tuning import search

    training = TrainingRequest(
        architecture=architecture,
        dataset=dataset,
        recipe={"epochs": epochs},
        validation=validation,
        limit=limit,
        seed=seed,
    )
    asked = search.Search(training, trials, study, storage, output_dir, pruner, timeout)
    with Display() as display:
        display.stage("loading TensorFlow and the training images")
        tuning = search.begin(asked, make_store(data_dir, display))
        try:
            tuning.work(TuningProgress(display, tuning.epochs))
        except InterruptedRunError:
            display.show(None)
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
        output.note("no trial has finished yet; repeat the command to continue")
        return
    output.line(f"{'best trial':<20} {best['number']}")
    output.line(f"{'validation accuracy':<20} {best['accuracy']:.2%}")
    for name, value in best["parameters"].items():
        output.line(f"{name:<20} {value}")
    output.line("next")
    for line in wrapping.command(best["command"]):
        output.line(line)
