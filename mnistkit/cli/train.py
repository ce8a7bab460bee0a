"""`mnistkit train`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from mnistkit.choices import Optimizer, Schedule, Strength
from mnistkit.cli import options
from mnistkit.cli.results import print_run
from mnistkit.cli.stores import make_store
from mnistkit.errors import ParityError, UsageError

RECIPE = "Default: the architecture's recipe."
# A run that goes on takes only these; the rest is as it was recorded.
RESUMABLE = {"epochs", "data_dir", "format", "resume"}


def train(
    ctx: typer.Context,
    architecture: Annotated[
        str | None,
        typer.Option(
            help="The network, see `mnistkit plugins`. Default: that of --init, else cnn.",
            autocompletion=options.complete("architecture"),
        ),
    ] = None,
    dataset: options.DatasetOption = None,
    data_dir: options.DataDirOption = None,
    epochs: Annotated[
        int | None, typer.Option(min=1, help=f"Passes over the training images. {RECIPE}")
    ] = None,
    batch_size: Annotated[int | None, typer.Option(min=1, help=f"Images a step. {RECIPE}")] = None,
    learning_rate: Annotated[
        float | None, typer.Option(callback=options.positive, help=f"The largest step. {RECIPE}")
    ] = None,
    dropout: Annotated[
        float | None, typer.Option(callback=options.share, help=f"Share dropped. {RECIPE}")
    ] = None,
    schedule: Annotated[
        Schedule | None, typer.Option(help=f"How the learning rate changes. {RECIPE}")
    ] = None,
    optimizer: Annotated[Optimizer | None, typer.Option(help=RECIPE)] = None,
    momentum: Annotated[
        float | None,
        typer.Option(callback=options.share, help=f"Of SGD; of Adam its beta 1. {RECIPE}"),
    ] = None,
    weight_decay: Annotated[
        float | None,
        typer.Option(callback=options.not_negative, help=f"Of AdamW and SGD. {RECIPE}"),
    ] = None,
    ema: Annotated[
        float | None,
        typer.Option(
            callback=options.share, help=f"Share of the steps to average the weights of. {RECIPE}"
        ),
    ] = None,
    label_smoothing: Annotated[
        float | None,
        typer.Option(callback=options.share, help=f"Share of a target spread out. {RECIPE}"),
    ] = None,
    augmentation: Annotated[
        Strength | None, typer.Option(help=f"How images are changed while training. {RECIPE}")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VALUE", help="Of the architecture's own; see `summary`."),
    ] = None,
    init: Annotated[
        str | None,
        typer.Option(
            metavar="RUN", help="Begin with the weights of this run, .keras file or `bundled`."
        ),
    ] = None,
    validation: Annotated[
        float,
        typer.Option(
            callback=options.share, metavar="FRACTION", help="Share of the images held out."
        ),
    ] = 0.1,
    limit: Annotated[
        int | None, typer.Option(min=1, help="Use the first N training images only.", metavar="N")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Of all that is random.")] = 0,
    output_dir: options.RunFolderOption = None,
    resume: Annotated[
        Path | None, typer.Option(help="Go on with this run, with its own settings.")
    ] = None,
    export: options.ExportOption = True,
    format: options.FormatOption = "text",
) -> None:
    """Train a network, measure it, and export it.

    The test images are used once, at the end.
    """
    from mnistkit.cli.progress import training_progress
    from mnistkit.core import runs, training
    from mnistkit.core.settings import Request

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
        print_run(runs.read(error.path.parent), format)
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
            f"expected only --epochs beside --resume, received {', '.join(refused)}: a run goes on "
            "with the settings it recorded; start a new run for others"
        )


def _as_typed(parameter: Any, value: Any) -> str:
    """The option's name, of a switch the one that says `value`."""
    names = parameter.secondary_opts if value is False else parameter.opts
    return str(names[0])
