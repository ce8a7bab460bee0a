"""`mnistkit runs`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from mnistkit.cli import options, output
from mnistkit.cli.runs.formats import PRINT, TELLS_ERRORS, RunsFormat

if TYPE_CHECKING:
    from mnistkit.core.models.run_listing import ListedRun

SortColumn = Literal[
    "name", "architecture", "dataset", "epochs", "validation", "test", "size", "when", "status"
]


def runs(
    ctx: typer.Context,
    folder: Annotated[
        Path, typer.Argument(metavar="[DIR]", help="The folder that holds the runs.")
    ] = Path("runs"),
    sort: Annotated[
        SortColumn,
        typer.Option(
            metavar="COLUMN",
            help="Order by name, architecture, dataset, epochs, validation or test accuracy, "
            "size, when or status. The best, largest and newest are first.",
        ),
    ] = "when",
    plot: Annotated[
        Path | None,
        options.in_output(
            metavar="FILE", help="Also draw the curves of the first ten runs to this file."
        ),
    ] = None,
    force: options.ForceOption = False,
    format: Annotated[
        RunsFormat, options.in_output("--format", help="Format of the list.")
    ] = "text",
) -> None:
    """List the runs in a folder, the newest first.

    `mnistkit summary` describes one of them.

    Example:
        mnistkit runs --sort test
    """
    from mnistkit.core.models.run_listing import list_runs
    from mnistkit.reporting import several_runs
    from mnistkit.reporting.figures import claim_figure

    if plot is not None:
        ctx.with_resource(claim_figure(plot, force=force))
    listing = list_runs(folder)
    found = listing.sorted_by(sort)
    try:
        PRINT[format](found)
    finally:
        # Draw even if stdout is closed.
        if plot is not None:
            several_runs.draw(found, plot, overwrite=force)
    if listing.others:
        output.note(f"without a run.json, and left out: {', '.join(listing.others)}")
    if not found:
        output.note(f"no runs in {folder}; train one with `mnistkit train`")
    if not _all_read(found, format):
        raise typer.Exit(1)


def _all_read(found: list[ListedRun], format: RunsFormat) -> bool:
    """Return whether every record could be read; print the errors if the format has none."""
    errors = [run.error for run in found if run.error is not None]
    if format not in TELLS_ERRORS:
        for error in errors:
            output.failure(error)
    return not errors
