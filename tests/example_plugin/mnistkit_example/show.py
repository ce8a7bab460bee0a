"""A command: an image of a dataset, drawn with characters."""

from typing import Annotated

import typer

from mnistkit.contracts import Store, load_split

SHADES = " .:oO#"


def show(
    dataset: Annotated[str, typer.Argument(help="A dataset's name.")],
    index: Annotated[int, typer.Option(help="Which image of its test split.")] = 0,
) -> None:
    """Draw an image of a dataset in the terminal."""
    split = load_split(dataset, "test", Store())
    for row in split.images[index]:
        typer.echo("".join(SHADES[int(pixel) * len(SHADES) // 256] * 2 for pixel in row).rstrip())
    typer.echo(f"label {split.dataset.class_names[split.class_indices[index]]}")
