"""`mnistkit summary`."""

from __future__ import annotations

from typing import Annotated

import typer

from mnistkit.cli import options, output


def summary(
    subject: Annotated[
        str,
        typer.Argument(
            metavar="MODEL",
            help="An architecture's name, a run folder, a .keras or an .onnx file.",
            autocompletion=options.complete("architecture"),
        ),
    ],
    format: options.FormatOption = "text",
) -> None:
    """List the layers of a network."""
    from mnistkit.core.describing import describe

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
