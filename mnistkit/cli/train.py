"""`mnistkit train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mnistkit.cli import options
from mnistkit.cli.run_summary import print_run
from mnistkit.cli.store import make_store
from mnistkit.core.recipe import Optimizer, Schedule, Strength
from mnistkit.errors import UsageError

RECIPE = "Recipe (default: the architecture's)"
START = "Start from another run"
# The options that go with --resume; the other settings are read from the run's record.
RESUMABLE = {"epochs", "data_dir", "format", "resume"}


def train(
    ctx: typer.Context,
    architecture: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="The network, as `mnistkit plugins --kind architectures` lists them. Default: "
            "that of --init, else cnn.",
            autocompletion=options.complete("architecture"),
        ),
    ] = None,
    dataset: options.DatasetOption = None,
    data_dir: options.DataDirOption = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            min=1, metavar="N", help="Passes over the training images. Default: the recipe's."
        ),
    ] = None,
    batch_size: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Images per step.", rich_help_panel=RECIPE),
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(
            callback=options.positive,
            metavar="X",
            help="Highest learning rate of the schedule, above 0.",
            rich_help_panel=RECIPE,
        ),
    ] = None,
    dropout: Annotated[
        float | None,
        typer.Option(
            callback=options.share,
            metavar="X",
            help="Dropout rate, from 0 to below 1.",
            rich_help_panel=RECIPE,
        ),
    ] = None,
    schedule: Annotated[
        Schedule | None,
        typer.Option(help="How the learning rate changes.", rich_help_panel=RECIPE),
    ] = None,
    optimizer: Annotated[
        Optimizer | None, typer.Option(help="The optimizer.", rich_help_panel=RECIPE)
    ] = None,
    momentum: Annotated[
        float | None,
        typer.Option(
            callback=options.share,
            metavar="X",
            help="Momentum of SGD or beta 1 of Adam, from 0 to below 1.",
            rich_help_panel=RECIPE,
        ),
    ] = None,
    weight_decay: Annotated[
        float | None,
        typer.Option(
            callback=options.not_negative,
            metavar="X",
            help="Weight decay of AdamW and SGD, 0 or more.",
            rich_help_panel=RECIPE,
        ),
    ] = None,
    ema: Annotated[
        float | None,
        typer.Option(
            callback=options.share,
            metavar="X",
            help="EMA window of the weights as a share of all steps, from 0 (no EMA) to below 1.",
            rich_help_panel=RECIPE,
        ),
    ] = None,
    label_smoothing: Annotated[
        float | None,
        typer.Option(
            callback=options.share,
            metavar="X",
            help="Share of each target spread over all classes, from 0 to below 1.",
            rich_help_panel=RECIPE,
        ),
    ] = None,
    augmentation: Annotated[
        Strength | None,
        typer.Option(help="How training images are varied.", rich_help_panel=RECIPE),
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="Option of the architecture, as `mnistkit summary` lists them (repeatable).",
            rich_help_panel=RECIPE,
        ),
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="Start with the weights of this run, .keras file or `bundled`.",
            rich_help_panel=START,
        ),
    ] = None,
    validation: options.ValidationOption = None,
    limit: Annotated[
        int | None,
        typer.Option(
            min=1,
            metavar="N",
            help="Use the first N training images only.",
            rich_help_panel=options.DATA,
        ),
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, metavar="N", help="Random seed.")] = 0,
    output_dir: options.RunFolderOption = None,
    resume: Annotated[
        Path | None,
        typer.Option(
            metavar="RUN",
            help="Resume this run with its recorded settings; only --epochs can be changed.",
            rich_help_panel=START,
        ),
    ] = None,
    export: options.ExportOption = True,
    format: options.FormatOption = "text",
) -> None:
    """Train a network, evaluate it and export it.

    The test set is used once, at the end, and for no choice.

    Example:
        mnistkit train --architecture cnn --dataset mnist --epochs 5
    """
    from mnistkit.cli.progress import training_progress
    from mnistkit.core.models import run_folder
    from mnistkit.exporting.parity import ParityError
    from mnistkit.training import train as training
    from mnistkit.training.settings import Request

    if resume is not None:
        _refuse_other_settings(ctx)
    request = Request(
        architecture=architecture,
        dataset=dataset,
        epochs=epochs,
        batch_size=batch_size,
        learning_rate=learning_rate,
        dropout=dropout,
        schedule=schedule,
        optimizer=optimizer,
        momentum=momentum,
        weight_decay=weight_decay,
        ema=ema,
        label_smoothing=label_smoothing,
        augmentation=augmentation,
        init=init,
        options=dict(options.named_value(text) for text in option or ()),
        validation=validation,
        limit=limit,
        seed=seed,
        output=output_dir,
        export=export,
    )
    store = make_store(data_dir)
    try:
        with training_progress() as progress:
            if resume is None:
                run = training.begin(request, store, progress)
            else:
                run = training.resume(resume, epochs, store, progress)
    except ParityError as error:
        # The training succeeded, so its results are printed.
        print_run(run_folder.read(error.path.parent), format)
        raise
    print_run(run, format)


def _refuse_other_settings(ctx: typer.Context) -> None:
    refused = [
        _as_typed(parameter, ctx.params[parameter.name])
        for parameter in ctx.command.params
        if parameter.name in ctx.params.keys() - RESUMABLE
        and (source := ctx.get_parameter_source(parameter.name))
        and source.name == "COMMANDLINE"
    ]
    if refused:
        raise UsageError(
            f"expected no settings but --epochs with --resume, received {', '.join(refused)}: a "
            "resumed run keeps its recorded settings; start a new run to change them"
        )


def _as_typed(parameter: Any, value: Any) -> str:
    """Return the option's name, for a switch the name that sets this value."""
    names = parameter.secondary_opts if value is False else parameter.opts
    return str(names[0])
