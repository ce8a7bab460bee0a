"""The options that commands share, with their checks and completions."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from mnistkit import plugins
from mnistkit.core.recipe import PROBABILITY, SHARE
from mnistkit.core.typed_json import Range
from mnistkit.plugins import Kind

TextOrJson = Literal["text", "json"]

in_data = partial(typer.Option, rich_help_panel="Data")
in_output = partial(typer.Option, rich_help_panel="Output")
"""Make options in the shared groups of `--help`."""

SECONDS = {"s": 1, "m": 60, "h": 3600}
"""Seconds in each unit of time."""


def complete(kind: Kind) -> Callable[[str], list[str]]:
    """Return a function that completes the names of one kind of plugin."""

    def matching(incomplete: str) -> list[str]:
        return [name for name in plugins.names(kind) if name.startswith(incomplete)]

    return matching


def complete_dataset(incomplete: str) -> list[str]:
    """Return completions for a dataset's name, or the path after its colon."""
    kind, colon, text = incomplete.partition(":")
    if not colon:
        return complete("dataset")(incomplete)
    folder = Path(text) if text.endswith("/") else Path(text).parent
    found = sorted(folder.glob("*")) if folder.is_dir() else []
    paths = [f"{path}/" if path.is_dir() else str(path) for path in found]
    # A shell reads each line as one completion.
    return [f"{kind}:{path}" for path in paths if path.startswith(text) and path.isprintable()]


def within(numbers: Range) -> Callable[[float | None], float | None]:
    """Return a callback that refuses numbers outside a range, infinity and NaN."""

    def checked(value: float | None) -> float | None:
        if value is not None and not (math.isfinite(value) and numbers.fits(value)):
            raise typer.BadParameter(f"expected {numbers.words}, received {value:g}")
        return value

    return checked


def named_value(text: str) -> tuple[str, str]:
    """Return the name and the value of NAME=VALUE."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise typer.BadParameter(f"expected NAME=VALUE, received {text!r}")
    return name, value


def one_model(argument: str | None, option: str | None) -> str | None:
    """Return the model given as an argument or by --model, or None."""
    if argument is not None and option is not None:
        raise typer.BadParameter(
            f"expected either MODEL or --model, received both: {argument} and {option}"
        )
    return option if argument is None else argument


def naming(argument: str | None) -> str:
    """Return what named the model, as messages say it: the argument, or --model."""
    return "--model" if argument is None else "the argument"


def duration(text: str) -> float:
    """Return the seconds of a duration such as 30s, 10m or 1.5h."""
    number, unit = text[:-1], text[-1:]
    try:
        seconds = float(number) * SECONDS[unit]
    except (ValueError, KeyError):
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise typer.BadParameter(f"expected a time such as 30s, 10m or 1h, received {text!r}")
    return seconds


def dataset_option(help: str) -> Any:
    """Return the option --dataset of a command, with its own help."""
    return typer.Option(
        "--dataset",
        metavar="DATASET",
        help=help,
        autocompletion=complete_dataset,
        show_default=False,
    )


def typed(ctx: typer.Context) -> list[Any]:
    """Return the parameters that were given on the command line."""
    return [
        parameter
        for parameter in ctx.command.params
        if parameter.name in ctx.params
        and (source := ctx.get_parameter_source(parameter.name))
        and source.name == "COMMANDLINE"
    ]


def pictures(ctx: typer.Context, value: list[str] | None) -> list[str] | None:
    """Return the pictures; refuse the name of a dataset, an architecture or a model."""
    from mnistkit.cli.suggestions import option_for
    from mnistkit.core.files import is_there

    options = [name for parameter in ctx.command.params for name in parameter.opts]
    for word in value or ():
        meant = None if is_there(Path(word)) else option_for(word, options)
        if meant:
            raise typer.BadParameter(f"expected a picture, received {word}; did you mean {meant}?")
    return value


def picture(ctx: typer.Context, value: str) -> str:
    """Return the one picture; see `pictures`."""
    pictures(ctx, [value])
    return value


def model(value: str | None) -> str | None:
    """Return the model's name; refuse an architecture's name, and say how to train it."""
    from mnistkit.core.files import is_there
    from mnistkit.errors import ModelError

    if value and not is_there(Path(value)) and value in plugins.names("architecture"):
        raise ModelError(
            f"no model at {value}, which is an architecture; train one with "
            f"`mnistkit train --architecture {value}`"
        )
    return value


ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        callback=model,
        metavar="MODEL",
        help="A run folder, a .keras file, an exported model or `bundled`. Default: "
        "$MNISTKIT_MODEL, else the newest finished run in ./runs, else `bundled`.",
        show_default=False,
    ),
]

ModelArgument = Annotated[
    str | None,
    typer.Argument(callback=model, metavar="[MODEL]", help="Same as --model.", show_default=False),
]

MinConfidenceOption = Annotated[
    float,
    typer.Option(
        callback=within(PROBABILITY),
        metavar="X",
        help="Give no label if its confidence is below X, from 0 to 1.",
    ),
]

DatasetOption = Annotated[
    str | None, dataset_option("A dataset, as `mnistkit datasets` lists them. Default: mnist.")
]

SplitOption = Annotated[
    Literal["train", "validation", "test"],
    in_data(
        "--split",
        metavar="SPLIT",
        help="Part of the dataset: train, validation (few datasets have it) or test.",
    ),
]

ValidationOption = Annotated[
    float | None,
    in_data(
        callback=within(SHARE),
        metavar="X",
        help="Share of the training images used for validation only, from 0 to below 1. Default: "
        "0.1, or 0 if the dataset has its own validation images.",
    ),
]

TrainingLimitOption = Annotated[
    int | None,
    in_data("--limit", min=1, metavar="N", help="Use the first N training images only."),
]

SeedOption = Annotated[
    int, typer.Option("--seed", min=0, max=2**32 - 1, metavar="N", help="Random seed.")
]

DataDirOption = Annotated[
    Path | None,
    in_data(
        "--data-dir",
        envvar="MNISTKIT_DATA",
        metavar="DIR",
        help="Folder to look in first for the datasets' files.",
    ),
]

RunFolderOption = Annotated[
    Path | None,
    typer.Option(
        "--output",
        metavar="DIR",
        help="The run folder, new or empty. Default: a new folder in ./runs.",
    ),
]

ExportOption = Annotated[
    bool,
    in_output(
        "--export/--no-export", help="Export to ONNX at the end, and verify the exported model."
    ),
]

FormatOption = Annotated[TextOrJson, in_output("--format", help="Format of the results.")]

ForceOption = Annotated[bool, in_output("--force", help="Replace the file if it exists.")]
