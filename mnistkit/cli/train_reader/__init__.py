"""`mnistkit train-reader`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from mnistkit.cli import options, output
from mnistkit.cli.store import make_store


def train_reader(
    output_dir: Annotated[
        Path,
        typer.Option(
            "--output",
            metavar="DIR",
            help="The training's folder. The same command again goes on with it.",
        ),
    ],
    steps: Annotated[
        int, typer.Option(min=1, metavar="N", help="Batches of crops to learn in all.")
    ] = 20_000,
    batch_size: Annotated[int, typer.Option(min=1, metavar="N", help="Crops a step.")] = 8,
    learning_rate: Annotated[
        float, typer.Option(min=1e-6, max=1.0, metavar="X", help="The highest learning rate.")
    ] = 2e-3,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, metavar="N", help="Random seed.")] = 0,
    init: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Start with the weights of the training in this folder."),
    ] = None,
    workers: Annotated[
        int,
        typer.Option(
            min=1, metavar="N", help="Processes that make crops; the result does not depend on it."
        ),
    ] = 1,
    pages: Annotated[
        int,
        typer.Option(min=1, metavar="N", help="Made pages of each kind to measure on at the end."),
    ] = 20,
    data_dir: options.DataDirOption = None,
    fonts: Annotated[
        list[Path] | None,
        options.in_data(
            metavar="DIR", help="Folder with typefaces, beside Matplotlib's own (repeatable)."
        ),
    ] = None,
) -> None:
    """Train a page reader on generated pages and export it.

    `mnistkit read --model` takes it. Its digits are those of MNIST's training images. 20,000 steps
    take about two and a half hours on two otherwise idle cores. The training is saved every two
    minutes.

    Example:
        mnistkit train-reader --output my-reader --steps 20000
    """
    from mnistkit.cli.progress.display import Display
    from mnistkit.cli.train_reader.progress import ReaderProgress
    from mnistkit.reading.learning.settings import Request
    from mnistkit.reading.learning.train import train_reader as train

    request = Request(
        output=output_dir,
        steps=steps,
        seed=seed,
        batch_size=batch_size,
        learning_rate=learning_rate,
        init=init,
        fonts=tuple(fonts or ()),
        workers=workers,
        pages=pages,
    )
    with Display() as display:
        folder = train(request, make_store(data_dir, display), ReaderProgress(display))
    output.line(str(folder.reader))
