"""The options of answering on a Ray cluster, and what is printed of it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, get_args

import typer

from mnistkit.cli import options, output

if TYPE_CHECKING:
    # These import pyarrow, an optional dependency.
    from mnistkit.prediction.on_ray.folder import AnswerFolder
    from mnistkit.prediction.on_ray.job import Job
    from mnistkit.prediction.on_ray.parts import Division, Part
    from mnistkit.prediction.on_ray.tables import Count, TableFormat
    from mnistkit.prediction.on_ray.tasks import Task

in_ray = partial(typer.Option, rich_help_panel="Many machines")

COLUMN = "bytes"

FORMAT_OPTION = options.in_output(
    "--format",
    help="Format of the results; parquet or jsonl with --ray. Default: text; parquet with --ray.",
    show_default=False,
)
"""The option of a command that also answers on Ray, in whose folder parquet is usual."""

RayOption = Annotated[
    str | None,
    in_ray(
        "--ray",
        metavar="ADDRESS",
        help="Answer on a Ray cluster: HOST:PORT of its head, auto, or local for a cluster of "
        "this machine alone.",
    ),
]

RayOutputOption = Annotated[
    str | None,
    in_ray(
        "--output",
        metavar="DIR",
        help="Write the records to this folder or URL. The same command continues.",
    ),
]

ColumnOption = Annotated[
    str,
    in_ray(
        "--column",
        metavar="NAME",
        help="The column of bytes in sources that are Parquet files. URLs, globs and tars are "
        "sources, too.",
    ),
]


@dataclass(frozen=True)
class RayRequest:
    """Where to answer, and where the answers are written.

    Args:
        address: Of a cluster, or `local`.
        output: A folder or URL.
        form: The format of the files in it.
    """

    address: str
    output: str
    form: TableFormat


@dataclass(frozen=True)
class Answered:
    """Where all the answers are, and how many."""

    folder: AnswerFolder
    count: Count

    def check(self) -> None:
        """Raise `typer.Exit` with 1, if a picture could not be read."""
        if self.unread:
            output.failure(self.unread)
            raise typer.Exit(1)

    @property
    def unread(self) -> str:
        """What to say of the pictures that could not be read; nothing if there are none."""
        errors, pictures = self.count.errors, self.count.pictures
        told = f"could not be read: {errors:,} of {pictures:,}; their records have an error"
        return f"{self.folder.place}: pictures that {told}" if errors else ""


def ray_request(
    ctx: typer.Context, address: str | None, output: str | None, format: str | None
) -> RayRequest | None:
    """Return the request of a command; None if it is answered in this process.

    Raises:
        MissingError: Ray is not installed.
        UsageError: The address is none.
    """
    if address is None:
        for option in options.typed(ctx):
            if option.name in ("ray_output", "column") or format == "parquet":
                received = "--format parquet" if format == "parquet" else option.opts[0]
                raise typer.BadParameter(f"expected --ray with {received}, received it alone")
        return None
    if output is None:
        raise typer.BadParameter("expected --output with --ray, received --ray alone")
    from mnistkit.prediction.on_ray import require_ray

    require_ray()
    from mnistkit.prediction.on_ray.cluster import check_address
    from mnistkit.prediction.on_ray.tables import TableFormat

    check_address(address)
    formats = get_args(TableFormat)
    if format not in (None, *formats):
        raise typer.BadParameter(
            f"expected --format {' or '.join(formats)} with --ray, received {format}"
        )
    return RayRequest(address, output, "jsonl" if format == "jsonl" else "parquet")


def refuse_others(ctx: typer.Context, allowed: Collection[str]) -> None:
    """Raise `BadParameter` for an option of the command line that has no meaning on Ray."""
    for option in options.typed(ctx):
        if option.name not in allowed:
            raise typer.BadParameter(f"expected no {option.opts[0]} with --ray, received it")


def answer_on_ray(
    request: RayRequest,
    task: Task,
    sources: Iterable[str],
    division: Division,
    settings: Mapping[str, Any],
) -> Answered:
    """Answer on Ray, and print how many pictures were answered.

    Args:
        request: Where.
        task: What the workers do.
        sources: The user's paths and URLs.
        division: How the sources are divided.
        settings: What the answers depend on; they continue only if it is the same.
    """
    from mnistkit.prediction.on_ray.job import job_of
    from mnistkit.prediction.on_ray.parts import divide
    from mnistkit.prediction.on_ray.places import check_sources, digest, is_url

    job = job_of(task, division, request.output, request.form)
    sources = list(sources)
    check_sources(request.output, sources)
    with job.output.claim():
        # Of a relative path, the same text means something else in another folder.
        meant = [each if is_url(each) else str(Path(job.folder, each)) for each in sources]
        kept = {**settings, **job.settings, "sources": digest(meant)}
        parts = job.output.begin(kept, partial(divide, sources, division))
        done = job.output.done()
        left = [part for part in parts if part.name not in done]
        if done:
            output.note(f"{len(done):,} of {len(parts):,} parts are answered already")
        total = _sum(done.values())
        if left:
            total += _sum(_answered(request.address, job, left))
    output.note(f"{request.output}: pictures answered: {total.pictures:,}")
    return Answered(job.output, total)


def _answered(address: str, job: Job, parts: list[Part]) -> Iterator[Count]:
    """Yield the count of each part, with a bar on a terminal."""
    from mnistkit.cli.progress.counting import counted
    from mnistkit.prediction.on_ray.cluster import connected
    from mnistkit.prediction.on_ray.job import run

    with connected(address) as ray:
        output.note(f"ray: {address}, {ray.cpus} CPU{'s' if ray.cpus > 1 else ''}")
        yield from counted(ray.each(run(job, parts, ray.cpus)), len(parts), "parts")


def _sum(counts: Iterable[Count]) -> Count:
    from mnistkit.prediction.on_ray.tables import Count

    return sum(counts, Count())
