"""`mnistkit summary`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mnistkit.cli import options, output, wrapping

if TYPE_CHECKING:
    from mnistkit.core.models.record import Record
    from mnistkit.training.description import Description

# The column of the values.
INDENT = 12


def summary(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="An architecture's name, a run folder, a .keras file, an exported model or "
            "`bundled`.",
            autocompletion=options.complete("architecture"),
        ),
    ],
    format: options.FormatOption = "text",
) -> None:
    """Describe a network: its layers, and its training.

    Example:
        mnistkit summary bundled
    """
    from mnistkit.training.description import describe

    description = describe(subject)
    if format == "json":
        output.document(description.to_json())
        return
    output.table(
        ("layer", "output", "parameters"),
        [
            *(
                (
                    f"{layer.type} {layer.name}",
                    ", ".join(map(str, layer.output_shape)),
                    f"{layer.parameters:,}",
                )
                for layer in description.layers
            ),
            ("total", "", f"{description.total_parameters:,}"),
        ],
    )
    for line in (*_plan_lines(description.plan), *_record_lines(description)):
        output.line(line)


def _plan_lines(plan: dict[str, Any]) -> Iterator[str]:
    """Yield an architecture's purpose, recipe and options."""
    if not plan:
        return
    yield ""
    yield from wrapping.paragraph("purpose", plan["summary"], INDENT)
    yield "recipe"
    recipe = dict(plan["recipe"])
    fewest_steps = recipe.pop("fewest_steps")
    yield from (f"  --{name.replace('_', '-')} {value}" for name, value in recipe.items())
    for name, values in plan["options"].items():
        others = ", ".join(str(value) for value in values[1:])
        yield f"  --option {name}={values[0]}  worth trying: {others}"
    yield f"  with few images more epochs, until there are {fewest_steps} steps"


def _record_lines(description: Description) -> Iterator[str]:
    """Yield how a trained model was made: command, data, packages, metrics."""
    record = description.record
    if record is None:
        return
    packages = (f"{name} {version}" for name, version in record.packages.items())
    yield ""
    yield "command"
    yield from wrapping.command(description.command or "")
    for member in getattr(record, "members", ()):
        known = member.accuracy is not None
        accuracy = f"{member.accuracy:.2%} on {member.dataset}" if known else "not measured"
        parts = (member.run, member.architecture, accuracy)
        yield from wrapping.listing("member", parts, INDENT)
    yield from _imported_lines(record)
    for title, value in (("data", record.settings.dataset), ("SHA-256", record.dataset.sha256)):
        if value is not None:
            yield f"{title:<11} {value}"
    yield from wrapping.listing("packages", packages, INDENT)
    if record.metrics:
        for part in ("train", "validation", "test"):
            measures = getattr(record.metrics, part)
            if measures:
                yield f"{part:<11} {measures.accuracy:.2%} of {measures.count:,}"
    yield from _card_lines(record)


def _imported_lines(record: Record) -> Iterator[str]:
    """Yield what an imported model takes, and how equal it is to its file."""
    facts = getattr(record, "imported", None)
    if facts is not None:
        yield f"file        {facts.file}"
        yield f"SHA-256     {facts.sha256}"
        yield f"input       {facts.input_dtype} {facts.input_shape}, {facts.pixels}"
        yield f"output      {facts.output}"
        yield f"difference  {facts.max_abs_diff:.3g} on {facts.proof_images:,} images"


def _card_lines(record: Record) -> Iterator[str]:
    """Yield further measurements, known weaknesses and the licence."""
    for title, measured in (record.measured or {}).items():
        yield ""
        yield title
        yield from (f"  {name:<64} {value:>7.2%}" for name, value in measured.items())
    for title, lines in (("weaknesses", record.weaknesses), ("licence", record.licence)):
        if lines:
            yield ""
            yield title
            yield from wrapping.paragraph("", " ".join(lines), len(wrapping.INDENT))
