"""What a user requests of a page reader's training."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

SIDE = 192
"""Side of a crop, in pixels."""


@dataclass(frozen=True)
class Request:
    """The training of a page reader that a user requests.

    Args:
        output: The folder; it may hold an unfinished training with the same settings.
        steps: Batches of crops; the learning rate falls to 0 over them.
        seed: Random seed of the first weights and of all crops.
        batch_size: Crops per step.
        learning_rate: The highest learning rate.
        init: The folder of another training whose weights to start with; None for random ones.
        fonts: Folders with typefaces, besides Matplotlib's own.
        workers: Processes that make crops; the weights do not depend on it.
        pages: Made pages of each kind, to measure on and to prove the export on.
    """

    output: Path
    steps: int
    seed: int = 0
    batch_size: int = 8
    learning_rate: float = 2e-3
    init: Path | None = None
    fonts: tuple[Path, ...] = ()
    workers: int = 1
    pages: int = 20

    def command(self) -> str:
        """Return the command that requests the same training."""
        words = ["mnistkit", "train-reader", "--steps", self.steps, "--seed", self.seed]
        words += ["--batch-size", self.batch_size, "--learning-rate", f"{self.learning_rate:g}"]
        words += ["--init", self.init] if self.init else []
        words += [word for folder in self.fonts for word in ("--fonts", folder)]
        return shlex.join([*map(str, words), "--output", str(self.output)])
