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
<<<<<<< HEAD
        int, typer.Option(min=1, help="Trials of the study, over all its workers.")
||||||| parent of 40203a1 (Run trials by Optuna's own loop, heartbeat and retries instead of our own)
        int, typer.Option(min=1, help="How many the study is to have, those of all its workers.")
=======
        int, typer.Option(min=1, help="Trials the study is to have, those of all its workers.")
>>>>>>> 40203a1 (Run trials by Optuna's own loop, heartbeat and retries instead of our own)
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
<<<<<<< HEAD
            help="The study's name; an existing study is continued. Default: the "
            "architecture's and the dataset's.",
||||||| parent of 40203a1 (Run trials by Optuna's own loop, heartbeat and retries instead of our own)
            help="Its name; one that is there goes on. Default: the architecture's and the "
            "dataset's.",
=======
            help="The study's name; an existing study goes on. Default: made of the "
            "architecture and the dataset.",
>>>>>>> 40203a1 (Run trials by Optuna's own loop, heartbeat and retries instead of our own)
        ),
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
<<<<<<< HEAD
            help="Where the study is kept: journal:PATH, sqlite:///PATH, postgresql://... or "
            "redis://...; all machines that work on it name the same one. Default: a journal in "
            "the study's folder.",
||||||| parent of 40203a1 (Run trials by Optuna's own loop, heartbeat and retries instead of our own)
            help="Where the study is kept: journal:PATH, sqlite:///PATH, postgresql://... or "
            "redis://...; one for all machines that work on it. Default: a journal in the "
            "study's folder.",
=======
            help="Where the study is kept: journal:PATH, or a database that many workers share, "
            "such as postgresql://USER@HOST/DATABASE. Default: a journal in the study's folder.",
>>>>>>> 40203a1 (Run trials by Optuna's own loop, heartbeat and retries instead of our own)
        ),
    ] = None,
    epochs: Annotated[
<<<<<<< HEAD
        int | None, typer.Option(min=1, help="The most epochs of a trial. Default: the recipe's.")
||||||| parent of 40203a1 (Run trials by Optuna's own loop, heartbeat and retries instead of our own)
        int | None, typer.Option(min=1, help="The most a trial learns. Default: the recipe's.")
=======
        int | None, typer.Option(min=1, help="Epochs of a whole trial. Default: the recipe's.")
>>>>>>> 40203a1 (Run trials by Optuna's own loop, heartbeat and retries instead of our own)
    ] = None,
    pruner: Annotated[
        Literal["asha", "hyperband", "none"],
<<<<<<< HEAD
        typer.Option(help="What stops unpromising trials early."),
||||||| parent of 40203a1 (Run trials by Optuna's own loop, heartbeat and retries instead of our own)
        typer.Option(help="What ends trials that promise little."),
=======
        typer.Option(help="How trials with poor results are ended early."),
>>>>>>> 40203a1 (Run trials by Optuna's own loop, heartbeat and retries instead of our own)
    ] = "asha",
<<<<<<< HEAD
    validation: options.ValidationOption = None,
||||||| parent of 40203a1 (Run trials by Optuna's own loop, heartbeat and retries instead of our own)
    validation: Annotated[
        float,
        typer.Option(
            callback=options.share,
            metavar="FRACTION",
            help="Share of the images held out, which trials are compared by.",
        ),
    ] = 0.1,
=======
    validation: Annotated[
        float,
        typer.Option(
            callback=options.share,
            metavar="FRACTION",
            help="Share of the training images held out to compare trials by.",
        ),
    ] = 0.1,
>>>>>>> 40203a1 (Run trials by Optuna's own loop, heartbeat and retries instead of our own)
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

<<<<<<< HEAD
    Learning rate, dropout, batch size, schedule, augmentation and the architecture's own options,
    by the validation accuracy; the test images are never loaded. The same command, on any
    machine that reaches the storage, continues the study or works on it too.
||||||| parent of 40203a1 (Run trials by Optuna's own loop, heartbeat and retries instead of our own)
    Learning rate, dropout, batch size, schedule, augmentation and the architecture's own options,
    by the accuracy on images held out; the test images are never loaded. The same command, on
    any machine that reaches the storage, goes on with the study or helps with it.
=======
    Tries learning rates, dropout, batch sizes, schedules, augmentations and the architecture's own
    options, and compares them by validation accuracy; the test images are never loaded. The same
    command goes on with the study; on another machine that reaches the storage, it joins in.
>>>>>>> 40203a1 (Run trials by Optuna's own loop, heartbeat and retries instead of our own)
    """
    from mnistkit.tuning import require_optuna

    require_optuna()
    from mnistkit.cli.tune.progress import tuning_progress
    from mnistkit.training.settings import Request
    from mnistkit.tuning import search

    training = Request(
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
<<<<<<< HEAD
        output.note("no trial has finished yet; the same command goes on")
||||||| parent of 40203a1 (Run trials by Optuna's own loop, heartbeat and retries instead of our own)
        output.note("no trial has learned to its end yet; the same command goes on")
=======
        output.note("no trial was trained to its end yet; the same command goes on")
>>>>>>> 40203a1 (Run trials by Optuna's own loop, heartbeat and retries instead of our own)
        return
    output.line(f"{'best trial':<20} {best['number']}")
    output.line(f"{'validation accuracy':<20} {best['accuracy']:.2%}")
    for name, value in best["parameters"].items():
        output.line(f"{name:<20} {value}")
    output.line("next")
    for line in wrapping.command(best["command"]):
        output.line(line)
