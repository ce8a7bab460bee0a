"""The options that commands share, with their checks and completions."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import typer

from mnistkit import plugins
from mnistkit.plugins import Kind

TextOrJson = Literal["text", "json"]

SECONDS = {"s": 1, "m": 60, "h": 3600}
"""In each unit a time is given in."""


def complete(kind: Kind) -> Callable[[str], list[str]]:
    """Complete the names of one kind of plugin."""

    def matching(incomplete: str) -> list[str]:
        return [name for name in plugins.names(kind) if name.startswith(incomplete)]

    return matching


def complete_dataset(incomplete: str) -> list[str]:
    """Complete the names of datasets, and the path behind a colon."""
    kind, colon, text = incomplete.partition(":")
    if not colon:
        return complete("dataset")(incomplete)
    folder = Path(text) if text.endswith("/") else Path(text).parent
    found = sorted(folder.glob("*")) if folder.is_dir() else []
    paths = [f"{path}/" if path.is_dir() else str(path) for path in found]
    # A shell takes each line for a completion.
    return [f"{kind}:{path}" for path in paths if path.startswith(text) and path.isprintable()]


def positive(value: float | None) -> float | None:
    """Refuse 0, less, infinity and NaN."""
    if value is not None and not 0 < value < math.inf:
        raise typer.BadParameter(f"expected a number above 0, received {value:g}")
    return value


def not_negative(value: float | None) -> float | None:
    """Refuse what is below 0, infinity and NaN."""
    if value is not None and not 0 <= value < math.inf:
        raise typer.BadParameter(f"expected a number from 0 up, received {value:g}")
    return value


def named_value(text: str) -> tuple[str, str]:
    """Read NAME=VALUE."""
    name, equals, value = text.partition("=")
    if not name or not equals:
        raise typer.BadParameter(f"expected NAME=VALUE, received {text!r}")
    return name, value


def share(value: float | None) -> float | None:
    """Refuse what is not in [0, 1)."""
    if value is not None and not 0 <= value < 1:
        raise typer.BadParameter(f"expected a number from 0 to below 1, received {value:g}")
    return value


def one_model(argument: str | None, option: str | None) -> str | None:
    """Return the model that was named, by an argument or by --model."""
    if argument is not None and option is not None:
        raise typer.BadParameter(
            f"expected MODEL or --model, one of them, received {argument} and {option}"
        )
    return option if argument is None else argument


def duration(text: str) -> float:
    """Read a time such as 30s, 10m or 1.5h, in seconds."""
    number, unit = text[:-1], text[-1:]
    try:
        seconds = float(number) * SECONDS[unit]
    except (ValueError, KeyError):
        seconds = math.nan
    if not 0 < seconds < math.inf:
        raise typer.BadParameter(f"expected a time such as 30s, 10m or 1h, received {text!r}")
    return seconds


def probability(value: float) -> float:
    """Refuse what is not in [0, 1]."""
    if not 0 <= value <= 1:
        raise typer.BadParameter(f"expected a number from 0 to 1, received {value:g}")
    return value


def pictures(ctx: typer.Context, value: list[str] | None) -> list[str] | None:
    """Refuse a word that is no file, but the name of a dataset, an architecture or a model."""
    from mnistkit.cli.suggestions import option_for
    from mnistkit.core.files import is_there

    options = [name for parameter in ctx.command.params for name in parameter.opts]
    for word in value or ():
        meant = None if is_there(Path(word)) else option_for(word, options)
        if meant:
            raise typer.BadParameter(f"expected a picture, received {word}; did you mean {meant}?")
    return value


ModelOption = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="A run folder, a .keras or an .onnx file, or `bundled`. Default: MNISTKIT_MODEL, "
        "else the newest finished run in ./runs, else `bundled`.",
        show_default=False,
    ),
]

ModelArgument = Annotated[
    str | None,
    typer.Argument(metavar="[MODEL]", help="The same as --model.", show_default=False),
]

MinConfidenceOption = Annotated[
    float,
    typer.Option(
        callback=probability, metavar="X", help="Below this confidence there is no label."
    ),
]

DatasetOption = Annotated[
    str | None,
    typer.Option(
        "--dataset",
        help="A dataset's name; `mnistkit datasets` lists them.",
        autocompletion=complete_dataset,
    ),
]

SplitOption = Annotated[
    Literal["train", "validation", "test"],
    typer.Option("--split", help="Which part of the dataset; few have images for validation."),
]

ValidationOption = Annotated[
    float | None,
    typer.Option(
        callback=share,
        metavar="FRACTION",
        help="Share of the training images that only validates. Default: 0.1, or none where the "
        "dataset has validation images of its own.",
    ),
]

DataDirOption = Annotated[
    Path | None,
    typer.Option(
        "--data-dir",
        envvar="MNISTKIT_DATA",
        help="A folder that holds the datasets' files.",
    ),
]

RunFolderOption = Annotated[
    Path | None,
    typer.Option("--output", help="The run folder, absent or empty. Default: a new one in ./runs."),
]

ExportOption = Annotated[
    bool, typer.Option("--export/--no-export", help="Export to ONNX at the end, proved.")
]

FormatOption = Annotated[TextOrJson, typer.Option("--format", help="How results are printed.")]

ForceOption = Annotated[bool, typer.Option("--force", help="Replace an existing file.")]
