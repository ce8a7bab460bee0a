"""`mnistkit read`."""

from __future__ import annotations

from itertools import chain, islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from mnistkit.cli import options, output
from mnistkit.cli.escaping import escaped

if TYPE_CHECKING:
    from mnistkit.reading.page import Digit, Line
    from mnistkit.reading.pages import PageAnswer

UNCERTAIN = "?"


def read(
    pictures: Annotated[
        list[str],
        typer.Argument(
            metavar="PICTURES...",
            help="Photos or scans of pages, folders of them, - for one on stdin, or the built-in "
            "example:page.",
            callback=options.pictures,
            show_default=False,
        ),
    ],
    rotate: Annotated[
        Literal["auto", "0", "90", "180", "270"],
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
    model: Annotated[
        str,
        typer.Option(
            "--model",
            metavar="MODEL",
            help="A run folder, a .keras file, an exported model or `bundled`.",
        ),
    ] = "bundled",
    format: Annotated[
        Literal["text", "jsonl"],
        options.in_output("--format", help="Format of the results."),
    ] = "text",
) -> None:
    """Read the lines of digits on whole pages.

    Lines are printed in reading order, with a space for each gap; marks that are not digits are
    left out. With several pictures, each picture's name is printed above its lines.

    Example:
        mnistkit read example:page
    """
    from mnistkit.core.holding import clear_leftovers
    from mnistkit.core.models.choice import BUNDLED, choose, name_of
    from mnistkit.core.preprocessing.saving import save_picture
    from mnistkit.prediction import sources
    from mnistkit.prediction.opening import open_served
    from mnistkit.reading import pages
    from mnistkit.reading.annotation import annotate as draw

    choice = choose(model)
    classifier = open_served(choice.path, threads=1)
    why = "" if model == BUNDLED else f" ({choice.why})"
    output.note(f"model: {name_of(classifier.path)}{why}")
    # The pictures are written even if nobody reads the lines.
    printer = output.Printer(outlives=annotate is not None)
    clear_leftovers(annotate)
    failed = False
    asked_for = sources.from_paths(pictures)
    first_two = list(islice(asked_for, 2))
    titled = format == "text" and len(first_two) > 1
    answers = pages.read_pages(classifier, chain(first_two, asked_for), rotate)
    for number, answer in enumerate(answers):
        if titled and number:
            printer(output.line, "")
        if titled:
            printer(output.line, f"== {escaped(answer.source)} ==")
        _print(answer, min_confidence, format, printer)
        failed |= answer.error is not None
        if answer.picture is not None and annotate is not None:
            save_picture(draw(answer.picture, answer.lines), annotate, answer.source, ".jpg")
    printer.end()
    if failed:
        raise typer.Exit(1)


def _print(
    answer: PageAnswer,
    min_confidence: float,
    format: Literal["text", "jsonl"],
    printer: output.Printer,
) -> None:
    if format == "jsonl":
        printer(output.line, output.to_json(_record(answer, min_confidence)))
    elif answer.error is not None:
        output.failure(f"{answer.source}: {answer.error}")
    elif not answer.lines:
        output.note(f"{answer.source}: no digits")
    for line in answer.lines if format == "text" else ():
        printer(output.line, _text(line, min_confidence))
    printer(output.flush)


def _record(answer: PageAnswer, min_confidence: float) -> dict[str, Any]:
    if answer.error is not None:
        return {"source": answer.source, "error": answer.error}
    lines = [
        {
            "text": _text(line, min_confidence),
            "digits": [_digit_record(digit, min_confidence) for digit in line.digits],
        }
        for line in answer.lines
    ]
    return {"source": answer.source, "lines": lines}


def _text(line: Line, min_confidence: float) -> str:
    """Return the line's text with a `?` for each digit below the minimum confidence."""
    rest, text = line.text, ""
    for digit in line.digits:
        gap = len(rest) - len(rest.lstrip())
        certain = digit.confidence >= min_confidence
        text += rest[:gap] + (digit.label if certain else UNCERTAIN)
        rest = rest[gap + len(digit.label) :]
    return text


def _digit_record(digit: Digit, min_confidence: float) -> dict[str, Any]:
    label = digit.label if digit.confidence >= min_confidence else None
    return {"label": label, "confidence": digit.confidence, "box": list(digit.box)}
