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

RECIPE = "Default: the architecture's recipe."
# A run that goes on takes only these; the rest is as it was recorded.
RESUMABLE = {"epochs", "data_dir", "format", "resume"}


def train(
    ctx: typer.Context,
    architecture: Annotated[
        str | None,
        typer.Option(
            help="The network; `mnistkit plugins --kind architectures` lists them. Default: that "
            "of --init, else cnn.",
            autocompletion=options.complete("architecture"),
        ),
    ] = None,
    dataset: options.DatasetOption = None,
    data_dir: options.DataDirOption = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help=f"Passes over the training images. {RECIPE}")
    ] = None,
    batch_size: Annotated[
        int | None, typer.Option(min=1, help=f"Images per step. {RECIPE}")
    ] = None,
    learning_rate: Annotated[
        float | None,
        typer.Option(callback=options.positive, help=f"The highest of a schedule. {RECIPE}"),
    ] = None,
    dropout: Annotated[
        float | None, typer.Option(callback=options.share, help=f"Dropout rate. {RECIPE}")
    ] = None,
    schedule: Annotated[
        Schedule | None, typer.Option(help=f"How the learning rate changes. {RECIPE}")
    ] = None,
    optimizer: Annotated[Optimizer | None, typer.Option(help=f"The optimizer. {RECIPE}")] = None,
    momentum: Annotated[
        float | None,
        typer.Option(callback=options.share, help=f"Momentum of SGD, beta 1 of Adam. {RECIPE}"),
    ] = None,
    weight_decay: Annotated[
        float | None,
        typer.Option(callback=options.not_negative, help=f"For AdamW and SGD. {RECIPE}"),
    ] = None,
    ema: Annotated[
        float | None,
        typer.Option(callback=options.share, help=f"EMA window, as a share of all steps. {RECIPE}"),
    ] = None,
    label_smoothing: Annotated[
        float | None,
        typer.Option(
            callback=options.share, help=f"Share of a target spread over all classes. {RECIPE}"
        ),
    ] = None,
    augmentation: Annotated[
        Strength | None, typer.Option(help=f"How training images are varied. {RECIPE}")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=VALUE",
            help="An option of the architecture, repeatable; `mnistkit summary` lists them.",
        ),
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(
            metavar="RUN", help="Start with the weights of this run, .keras file or `bundled`."
        ),
    ] = None,
    validation: options.ValidationOption = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Use the first N training images only.", metavar="N")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Random seed.")] = 0,
    output_dir: options.RunFolderOption = None,
    resume: Annotated[
        Path | None, typer.Option(help="Resume this run with its recorded settings.")
    ] = None,
    export: options.ExportOption = True,
    format: options.FormatOption = "text",
) -> None:
    """Train a network, measure it, and export it.

    The test images are used once, at the end.
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
        # The training itself has its results.
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
            f"expected only --epochs beside --resume, received {', '.join(refused)}: a resumed run "
            "keeps its recorded settings; start a new run to change them"
        )


def _as_typed(parameter: Any, value: Any) -> str:
    """The option's name, of a switch the one that says `value`."""
    names = parameter.secondary_opts if value is False else parameter.opts
    return str(names[0])
