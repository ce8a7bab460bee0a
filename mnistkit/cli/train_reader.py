"""`mnistkit train-reader`."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from mnistkit.cli import options, output
from mnistkit.cli.store import make_store

if TYPE_CHECKING:
    from mnistkit.reading.learning.record import Row

STEPS_BETWEEN_LINES = 50


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
    """Train a page reader on made pages and export it.

    `mnistkit read --model` takes it. Its digits are those of MNIST's training images. It is saved
    every few minutes.

    Example:
        mnistkit train-reader --output reader --steps 20000
    """
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
    folder = train(request, make_store(data_dir), _Lines())
    output.line(str(folder.reader))


class _Lines:
    """Prints lines on stderr that say how the training goes."""

    def __init__(self) -> None:
        self._steps = self._first = 0
        self._began = time.monotonic()

    def begin(self, folder: Path, done: int, steps: int) -> None:
        """Print the folder and the steps to learn."""
        self._steps, self._first, self._began = steps, done, time.monotonic()
        output.note(f"training in {folder}, steps {done + 1:,} to {steps:,}")

    def step(self, done: int, losses: Mapping[str, float]) -> None:
        """Print a line now and then."""
        if done % STEPS_BETWEEN_LINES:
            return
        each = (time.monotonic() - self._began) / (done - self._first)
        left = each * (self._steps - done) / 60
        parts = ", ".join(f"{name} {loss:.3f}" for name, loss in losses.items())
        output.note(f"step {done:,}/{self._steps:,}  {each:.2f} s, {left:,.0f} min left  {parts}")

    def row(self, row: Row) -> None:
        """Print what was measured."""
        measured = ((name, value) for name, value in row.measures.items() if value is not None)
        measures = ", ".join(f"{name} {value:.4f}" for name, value in measured)
        output.note(f"step {row.step:,}: {measures}")

    def stage(self, name: str) -> None:
        """Print the name of what follows the last step."""
        output.note(name)
