"""`mnistkit ensemble`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from mnistkit.cli import as_typed, options, output
from mnistkit.cli.run_summary import print_run
from mnistkit.cli.store import make_store

if TYPE_CHECKING:
    from mnistkit.core.models.run_folder import Run


def ensemble(
    ctx: typer.Context,
    members: Annotated[
        # Strings, because a Path loses the `./` of a folder called `bundled`.
        list[str], typer.Argument(metavar="RUN RUN...", help="Finished run folders, or `bundled`.")
    ],
    dataset: Annotated[
        str | None,
        options.dataset_option("The dataset to evaluate on. Default: that of the first run."),
    ] = None,
    data_dir: options.DataDirOption = None,
    output_dir: options.RunFolderOption = None,
    export: options.ExportOption = True,
    format: options.FormatOption = "text",
) -> None:
    """Average trained runs into one model.

    Its probabilities are the mean of the runs' probabilities. The test set is used once, at the
    end.

    Example:
        mnistkit ensemble runs/first runs/second --output runs/both
    """
    from mnistkit.cli.progress.display import Display
    from mnistkit.core.models import run_folder
    from mnistkit.ensembles import ensemble as ensembles
    from mnistkit.exporting.parity import ParityError

    typed = as_typed.command_line(ctx)
    request = ensembles.EnsembleRequest(tuple(members), dataset, output_dir, export, typed)
    try:
        with Display() as display:
            run = ensembles.make(request, make_store(data_dir, display), display.announce)
    except ParityError as error:
        # The ensemble was made, so its results are printed.
        _print(run_folder.read(error.path.parent), format)
        raise
    _print(run, format)


def _print(run: Run, format: options.TextOrJson) -> None:
    from mnistkit.core.models.record import EnsembleRecord

    if format == "text" and isinstance(run.record, EnsembleRecord):
        output.table(
            ("member", "architecture", "dataset", "test accuracy"),
            (
                (
                    member.run,
                    member.architecture,
                    member.dataset or "-",
                    "-" if member.accuracy is None else f"{member.accuracy:.2%}",
                )
                for member in run.record.members
            ),
            words=3,
        )
        output.line("")
    print_run(run, format)
