"""`mnistkit explain`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnistkit.cli import options
from mnistkit.cli.served_model import open_model, warn_of_several

if TYPE_CHECKING:
    from mnistkit.core.preprocessing.grey import GreyPicture


def explain(
    ctx: typer.Context,
    picture: Annotated[
        str,
        typer.Argument(
            metavar="PICTURE",
            help="A picture, - for one on stdin, or the built-in example:seven.",
            callback=options.picture,
            show_default=False,
        ),
    ],
    model: options.ModelOption = None,
    window: Annotated[
        int,
        typer.Option(min=1, max=28, metavar="N", help="Side of the occluding square, in pixels."),
    ] = 5,
    stride: Annotated[
        int,
        typer.Option(
            min=1, max=28, metavar="N", help="Pixels between the places of the occluding square."
        ),
    ] = 1,
    plot: Annotated[
        Path | None,
        options.in_output(metavar="FILE", help="Also draw the explanation to this file."),
    ] = None,
    force: options.ForceOption = False,
    format: options.FormatOption = "text",
) -> None:
    """Show what the answer for a picture rests on.

    Prints the picture, the image that the model sees, the probabilities, and an occlusion map: how
    far the probability of the answer falls where a black square covers the image. Below are the
    nearest images of the first and the second label among the bundled sample's.

    Example:
        mnistkit explain example:seven
    """
    from mnistkit.cli.explain.formats import PRINT, Explained
    from mnistkit.evaluation import explanation
    from mnistkit.prediction.records import Prediction
    from mnistkit.reporting import explanation as drawn
    from mnistkit.reporting.figures import claim_figure

    if plot is not None:
        ctx.with_resource(claim_figure(plot, force=force))
    classifier = open_model(model, threads=0)
    pixels = _read(picture)
    image, several = explanation.prepared(classifier, pixels, picture)
    if several:
        warn_of_several(picture, "explain")
    found = explanation.explain(classifier, image, explanation.Window(window, stride))
    prediction = Prediction(picture, found.probabilities, image=image)
    try:
        PRINT[format](Explained(classifier, pixels, prediction, found))
    finally:
        # Draw even if stdout is closed.
        if plot is not None:
            drawn.draw(found, pixels, picture, plot, overwrite=force)


def _read(name: str) -> GreyPicture:
    """Return the pixels of the picture of this name.

    Raises:
        UsageError: It is a folder.
        PictureError: It can't be read.
    """
    from mnistkit.errors import PictureError, UsageError
    from mnistkit.prediction.sources import from_paths, is_folder

    if is_folder(name):
        raise UsageError(
            f"expected one picture, received the folder {name}; name a picture in it, or get the "
            "answers for all by `mnistkit predict`"
        )
    (source,) = from_paths([name])
    try:
        return source.read().upright()
    except PictureError as error:
        raise PictureError(f"{name}: {error}") from error
