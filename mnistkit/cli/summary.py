"""`mnistkit summary`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

import typer

from mnistkit.cli import options, output, wrapping

if TYPE_CHECKING:
    from mnistkit.training.description import Description

# The column of the values.
INDENT = 12


def summary(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="An architecture's name, a run folder, a .keras or .onnx file, or `bundled`.",
            autocompletion=options.complete("architecture"),
        ),
    ],
    format: options.FormatOption = "text",
) -> None:
    """Describe a network: its layers, and how a trained one was made.

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
    for line in (*_plan_lines(description.plan), *_origin_lines(description)):
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


def _origin_lines(description: Description) -> Iterator[str]:
    """Yield how a trained model was made: command, data, packages, metrics."""
    origin = description.origin
    if not origin:
        return
    dataset = origin["dataset"]
    packages = (f"{name} {version}" for name, version in origin["packages"].items())
    yield ""
    yield "command"
    yield from wrapping.command(origin["command"])
    for member in origin.get("members", []):
        accuracy = f"{member['accuracy']:.2%} on {member['dataset']}"
        parts = (member["run"], member["architecture"], accuracy)
        yield from wrapping.listing("member", parts, INDENT)
    yield f"data        {origin['settings']['dataset']}"
    yield f"SHA-256     {dataset['sha256']}"
    yield from wrapping.listing("packages", packages, INDENT)
    metrics = origin["metrics"] or {}
    for part in ("train", "validation", "test"):
        if part in metrics:
            yield f"{part:<11} {metrics[part]['accuracy']:.2%} of {metrics[part]['count']:,}"
    yield from _card_lines(origin)


def _card_lines(origin: dict[str, Any]) -> Iterator[str]:
    """Yield further measurements, known weaknesses and the licence."""
    for title, measured in origin.get("measured", {}).items():
        yield ""
        yield title
        yield from (f"  {name:<64} {value:>7.2%}" for name, value in measured.items())
    for title in ("weaknesses", "licence"):
        if title in origin:
            yield ""
            yield title
            yield from wrapping.paragraph("", " ".join(origin[title]), len(wrapping.INDENT))
