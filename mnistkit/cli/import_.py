"""`mnistkit import`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnistkit.cli import as_typed, options, output
from mnistkit.cli.run_summary import print_run
from mnistkit.cli.store import make_store
from mnistkit.core.models.pixel_form import Fit, Ink, PixelRange

if TYPE_CHECKING:
    from mnistkit.core.models.run_folder import Run


def _class_names(text: str | None) -> str | None:
    """Return the class names as they were typed, which can be read as such."""
    from mnistkit.core.class_names import from_text

    try:
        return text if text is None else ",".join(from_text(text))
    except ValueError as error:
        raise typer.BadParameter(str(error)) from error


def import_(
    ctx: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A .keras or .h5 file with a whole Keras model.")
    ],
    classes: Annotated[
        str | None,
        typer.Option(
            callback=_class_names,
            metavar="NAMES",
            help="The classes in the order of its outputs, as a,b,c or 0-9 or A-Z. Default: those "
            "of --dataset, or the ten digits.",
        ),
    ] = None,
    dataset: Annotated[
        str | None, options.dataset_option("Measure it on this dataset's test images, too.")
    ] = None,
    pixels: Annotated[
        PixelRange | None,
        typer.Option(help="The range of the pixels it takes. Default: found by measuring."),
    ] = None,
    ink: Annotated[
        Ink | None,
        typer.Option(
            help="Bright ink on black, as in MNIST, or dark ink on white. Default: found by "
            "measuring."
        ),
    ] = None,
    fit: Annotated[
        Fit | None,
        typer.Option(
            help="How 28x28 pixels become the size of its input. Default: found by measuring."
        ),
    ] = None,
    data_dir: options.DataDirOption = None,
    output_dir: Annotated[
        Path | None,
        typer.Option(
            "--output", metavar="DIR", help="The run folder, a new one. Default: runs/FILE's name."
        ),
    ] = None,
    export: options.ExportOption = True,
    format: options.FormatOption = "text",
) -> None:
    """Make a run of a Keras classifier that was made elsewhere.

    It gets the first and last layers that it lacks, and has to answer as before.

    Example:
        mnistkit import my-model.keras --output runs/mine
    """
    from mnistkit.cli.progress.display import Display
    from mnistkit.core.models import run_folder
    from mnistkit.exporting.parity import ParityError
    from mnistkit.importing.run import import_model
    from mnistkit.importing.source import ImportRequest
    from mnistkit.importing.trial import Asked

    names = tuple(classes.split(",")) if classes else None
    asked, typed = Asked(pixels, ink, fit), as_typed.command_line(ctx)
    request = ImportRequest(file, names, dataset, asked, output_dir, export, typed)
    try:
        with Display() as display:
            display.stage("opening the model")
            run = import_model(request, make_store(data_dir, display), display.announce)
    except ParityError as error:
        # The run was made, so its results are printed.
        _print(run_folder.read(error.path.parent), format)
        raise
    _print(run, format)


def _print(run: Run, format: options.TextOrJson) -> None:
    from mnistkit.core.models.record import ImportRecord

    if format == "text" and isinstance(run.record, ImportRecord):
        facts = run.record.imported
        output.line(f"{'input':<20} {facts.input_dtype} {facts.input_shape}, {facts.pixels}")
        output.line(f"{'output':<20} {facts.output}")
        output.line(f"{'compared':<20} {facts.proof_images:,} images")
        output.line(f"{'largest difference':<20} {facts.max_abs_diff:.3g}")
    print_run(run, format)
