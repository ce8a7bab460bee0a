"""`mnistkit train`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from mnistkit.cli import as_typed, options, output, terminal
from mnistkit.cli.recipe_options import RECIPE, takes_recipe
from mnistkit.cli.run_summary import print_run
from mnistkit.cli.store import make_store
from mnistkit.errors import UsageError

in_start = partial(typer.Option, rich_help_panel="Start from another run")
# The options that go with --resume; the other settings are read from the run's record.
RESUMABLE = {"epochs", "data_dir", "format", "resume", "track"}


@takes_recipe
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
    *,
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
        in_start(
            metavar="RUN", help="Start with the weights of this run, .keras file or `bundled`."
        ),
    ] = None,
    validation: options.ValidationOption = None,
    limit: options.TrainingLimitOption = None,
    seed: options.SeedOption = 0,
    output_dir: options.RunFolderOption = None,
    resume: Annotated[
        Path | None,
        in_start(
            metavar="RUN",
            help="Resume this run with its recorded settings; only --epochs can be changed.",
        ),
    ] = None,
    export: options.ExportOption = True,
    track: Annotated[
        list[str] | None,
        options.in_output(
            metavar="NAME",
            help="Also send the progress to this tracker, such as tensorboard or mlflow "
            "(repeatable).",
            autocompletion=options.complete("tracker"),
        ),
    ] = None,
    format: options.FormatOption = "text",
    **recipe: Any,
) -> None:
    """Train a network, evaluate it and export it.

    The test set is used once, at the end, and for no choice.

    Example:
        mnistkit train --architecture cnn --dataset mnist --epochs 5
    """
    from mnistkit.cli.progress.display import Display
    from mnistkit.cli.progress.training import TrainingProgress
    from mnistkit.core.models import run_folder
    from mnistkit.exporting.parity import ParityError
    from mnistkit.training import train as training
    from mnistkit.training.settings import TrainingRequest
    from mnistkit.training.tracking import TrackingError

    if resume is not None:
        _refuse_other_settings(ctx)
    if terminal.may_animate():
        output.note("loading TensorFlow, which takes some seconds")
    request = TrainingRequest(
        architecture=architecture,
        dataset=dataset,
        recipe=recipe,
        init=init,
        options=dict(options.named_value(text) for text in option or ()),
        validation=validation,
        limit=limit,
        seed=seed,
        output=output_dir,
        export=export,
        command_line=as_typed.command_line(ctx),
        trackers=tuple(track or ()),
    )
    try:
        with Display() as display:
            store, progress = make_store(data_dir, display), TrainingProgress(display)
            if resume is None:
                run = training.begin(request, store, progress)
            else:
                run = training.resume(resume, recipe["epochs"], store, progress, request.trackers)
    except ParityError as error:
        # The training succeeded, so its results are printed.
        print_run(run_folder.read(error.path.parent), format)
        raise
    except TrackingError as error:
        print_run(run_folder.read(error.run), format)
        raise
    print_run(run, format)


def _refuse_other_settings(ctx: typer.Context) -> None:
    refused = [
        _as_typed(parameter, ctx.params[parameter.name])
        for parameter in options.typed(ctx)
        if parameter.name not in RESUMABLE
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
