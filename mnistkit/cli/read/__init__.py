"""`mnistkit read`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnistkit.cli import options, output
from mnistkit.cli.on_ray import (
    COLUMN,
    FORMAT_OPTION,
    ColumnOption,
    RayOption,
    RayOutputOption,
    ray_request,
    refuse_others,
)
from mnistkit.cli.printer import Printer
from mnistkit.cli.read.formats import AnyFormat, ReadFormat, Told
from mnistkit.reading.turn import Turn

if TYPE_CHECKING:
    from mnistkit.cli.progress.display import Display
    from mnistkit.reading.pages import PageAnswer


def read(
    ctx: typer.Context,
    pictures: Annotated[
        list[str],
        typer.Argument(
            metavar="PICTURES...",
            help="Photos, scans and PDFs of pages, folders of them, - for one on stdin, or the "
            "built-in example:page.",
            callback=options.pictures,
            show_default=False,
        ),
    ],
    rotate: Annotated[
        Turn,
        typer.Option(
            metavar="DEGREES",
            help="Turn the stored picture clockwise by 0, 90, 180 or 270 degrees; auto follows the "
            "EXIF orientation, else detects the rotation from the digits.",
        ),
    ] = "auto",
    annotate: Annotated[
        Path | None,
        options.in_output(
            metavar="DIR", help="Write each picture with boxes and labels to this folder, as JPEG."
        ),
    ] = None,
    min_confidence: options.MinConfidenceOption = 0.0,
    handwritten: Annotated[
        bool, typer.Option("--handwritten", help="Leave out digits that are printed.")
    ] = False,
    model: Annotated[
        str,
        typer.Option(
            "--model",
            metavar="MODEL",
            help="The file or folder that `mnistkit train-reader` wrote, or `bundled`.",
        ),
    ] = "bundled",
    format: Annotated[AnyFormat | None, FORMAT_OPTION] = None,
    ray: RayOption = None,
    ray_output: RayOutputOption = None,
    column: ColumnOption = COLUMN,
) -> None:
    """Read the lines of digits on whole pages.

    Lines are printed in reading order, with a space for each gap; marks that are not digits are
    left out. With several pictures, or several pages in a file, each one's name is printed above
    its lines. csv and tsv are tables, with an empty cell where a column has no number.

    Example:
        mnistkit read example:page
    """
    from mnistkit.cli.progress.display import Display
    from mnistkit.cli.progress.stage import Stage
    from mnistkit.core.files import make_folder
    from mnistkit.core.models.choice import BUNDLED
    from mnistkit.prediction.page_sources import count_pages, pages_from_paths
    from mnistkit.reading.pages import handwritten_only, read_pages
    from mnistkit.reading.reader import choose_reader, open_reader

    file = choose_reader(model)
    request = ray_request(ctx, ray, ray_output, format)
    reader = open_reader(file)
    if annotate is not None:
        make_folder(annotate)
    output.note(f"reader: {model if model == BUNDLED else file}")
    if request is not None:
        from mnistkit.cli.read import on_ray

        refuse_others(ctx, on_ray.TAKEN)
        on_ray.read_on_ray(
            request,
            file,
            pictures,
            column,
            turn=rotate,
            min_confidence=min_confidence,
            handwritten=handwritten,
        )
        return
    display = ctx.with_resource(Display())
    find_total = partial(count_pages, pictures)
    display.show(Stage("reading", unit="pages", find_total=find_total))
    sources = pages_from_paths(pictures, colour=annotate is not None)
    # Each of several names is one picture at least, and stdin may take long to say how many it is.
    first = list(islice(sources, 1 if len(pictures) > 1 else 2))
    form: ReadFormat = "text" if format is None or format == "parquet" else format
    told = Told(form, len(pictures) > 1 or len(first) > 1, min_confidence)
    answers = read_pages(reader, chain(first, sources), rotate)
    if handwritten:
        answers = map(handwritten_only, answers)
    if not _print_answers(answers, told, annotate, display):
        raise typer.Exit(1)


def _print_answers(
    answers: Iterable[PageAnswer], told: Told, annotate: Path | None, display: Display
) -> bool:
    """Print the answers and write the annotated pictures; return whether all pages were read."""
    from mnistkit.core.holding import clear_leftovers

    clear_leftovers(annotate)
    # The pictures are written even if nobody reads the lines.
    printer = Printer(outlives=annotate is not None)
    tell = partial(printer, output.line if told.format == "text" else output.data)
    all_read = True
    for number, answer in enumerate(answers):
        for line in told.lines(answer, first=number == 0):
            tell(line)
        printer(output.flush)
        _say_what_is_missing(answer, told.format)
        all_read &= answer.error is None
        if annotate is not None:
            _save_annotated(answer, annotate, told.min_confidence)
        display.advance()
    printer.end()
    return all_read


def _save_annotated(answer: PageAnswer, folder: Path, min_confidence: float) -> None:
    from mnistkit.core.preprocessing.saving import save_picture
    from mnistkit.reading.annotation import annotate

    if answer.colours is not None:
        drawn = annotate(answer.colours, answer.lines, min_confidence)
        save_picture(drawn, folder, answer.source, ".jpg")


def _say_what_is_missing(answer: PageAnswer, format: ReadFormat) -> None:
    if format == "jsonl":
        return
    if answer.error is not None:
        output.failure(f"{answer.source}: {answer.error}")
    elif not answer.lines:
        output.note(f"{answer.source}: no digits")
