"""`mnistkit datasets`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mnistkit.cli import options, output
from mnistkit.cli.store import make_store
from mnistkit.errors import MnistkitError, UsageError

if TYPE_CHECKING:
    from mnistkit.core.arrays import Split
    from mnistkit.data.listing import DatasetEntry
    from mnistkit.data.loading import LabelledImages

MEGABYTE = 10**6
SPLITS: tuple[Split, Split] = ("train", "test")

datasets = typer.Typer(
    add_completion=False,
    invoke_without_command=True,
)


@datasets.callback()
def list_datasets(
    ctx: typer.Context,
    data_dir: options.DataDirOption = None,
    format: options.FormatOption = "text",
) -> None:
    """List the datasets, fetch them or describe one.

    Without a command, all datasets are listed with their size and place.

    Example:
        mnistkit datasets fetch mnist
    """
    from mnistkit.data import listing

    if ctx.invoked_subcommand is not None:
        _refuse_options(ctx)
        return
    entries = list(listing.dataset_entries(make_store(data_dir)))
    if format == "json":
        output.document([asdict(entry) for entry in entries])
        return
    output.table(
        ("dataset", "state", "MB to fetch", "train", "test", "classes"),
        (
            (
                entry.name,
                entry.state,
                _megabytes_to_fetch(entry),
                *(f"{entry.images[split]:,}" if entry.images else "-" for split in SPLITS),
                str(entry.classes or "-"),
            )
            for entry in entries
        ),
        words=2,
    )
    for entry in entries:
        if entry.state == "broken":
            output.line(f"{entry.name} is broken: {entry.summary}")


def _megabytes_to_fetch(entry: DatasetEntry) -> str:
    if entry.bytes_to_fetch:
        return f"{entry.bytes_to_fetch / MEGABYTE:.1f}"
    return "unknown" if entry.state == "to fetch" else "-"


@datasets.command()
def fetch(
    names: Annotated[
        list[str],
        typer.Argument(
            metavar="NAME...",
            help="The datasets to fetch.",
            autocompletion=options.complete_dataset,
            show_default=False,
        ),
    ],
    data_dir: options.DataDirOption = None,
) -> None:
    """Fetch datasets and verify them.

    Stored datasets are not fetched again. If one fails, the others are still fetched.

    Example:
        mnistkit datasets fetch mnist fashion-mnist
    """
    from mnistkit.cli.progress.display import Display
    from mnistkit.data.loading import load_all

    exit_code = 0
    with Display() as display:
        store = make_store(data_dir, display)
        for name in names:
            display.stage(f"loading {name}")
            try:
                splits = load_all(name, store)
            except MnistkitError as error:
                output.failure(f"{name}: {error}")
                exit_code = max(exit_code, error.exit_code)
            else:
                counts = " and ".join(f"{len(part.images):,} {part.split}" for part in splits)
                output.line(f"{splits[0].name}: {counts} images")
                output.flush()
    raise typer.Exit(exit_code)


@datasets.command()
def show(
    ctx: typer.Context,
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME",
            help="The dataset; it is fetched if it is not stored here.",
            autocompletion=options.complete_dataset,
            show_default=False,
        ),
    ],
    split: options.SplitOption = "test",
    data_dir: options.DataDirOption = None,
    plot: Annotated[
        Path | None,
        options.in_output(metavar="FILE", help="Also draw samples of every class to this file."),
    ] = None,
    force: options.ForceOption = False,
    format: options.FormatOption = "text",
) -> None:
    """Describe a dataset: its classes, licence and samples.

    Example:
        mnistkit datasets show mnist --plot samples.png
    """
    from mnistkit.data import listing
    from mnistkit.data.loading import load_split
    from mnistkit.reporting import samples
    from mnistkit.reporting.figures import claim_figure

    if plot is not None:
        ctx.with_resource(claim_figure(plot, force=force))
    store = make_store(data_dir)
    loaded = load_split(name, split, store)
    entry = listing.dataset_entry(loaded.name, loaded.dataset, store)
    try:
        if format == "json":
            output.document(_as_json(entry, loaded))
        else:
            _print(entry, loaded)
    finally:
        # Draw even if stdout is closed.
        if plot is not None:
            samples.draw(loaded, plot, overwrite=force)


def _refuse_options(ctx: typer.Context) -> None:
    """Refuse options before a subcommand, which would ignore them."""
    for parameter in options.typed(ctx):
        raise UsageError(
            f"expected {parameter.opts[0]} after `datasets {ctx.invoked_subcommand}`, received "
            "it before; move it to the end"
        )


def _counts(loaded: LabelledImages) -> dict[str, int]:
    """Return how many images there are of each class."""
    import numpy as np

    names = loaded.dataset.class_names
    counts = np.bincount(loaded.class_indices, minlength=len(names)).tolist()
    return dict(zip(names, counts, strict=True))


def _as_json(entry: DatasetEntry, loaded: LabelledImages) -> dict[str, Any]:
    return {
        **asdict(entry),
        "splits": loaded.dataset.splits,
        "split": loaded.split,
        "sha256": loaded.checksum(),
        "count": len(loaded.images),
        "per_class": [{"label": label, "count": count} for label, count in _counts(loaded).items()],
    }


def _print(entry: DatasetEntry, loaded: LabelledImages) -> None:
    from mnistkit.cli.datasets.samples import sample_lines

    output.line(f"{loaded.name}: {entry.summary}")
    output.line(f"licence      {entry.licence}")
    output.line(f"preparation  {entry.preparation}")
    if entry.place:
        output.line(f"place        {entry.place}")
    output.line(f"splits       {', '.join(loaded.dataset.splits)}")
    output.line(f"images       {len(loaded.images):,} in the {loaded.split} split")
    output.line("")
    counts = _counts(loaded).items()
    output.table(("class", "images"), ((label, f"{count:,}") for label, count in counts))
    output.line("")
    for line in sample_lines(loaded):
        output.line(line)
