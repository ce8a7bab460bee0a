"""What a page reader's training was asked to be; the same again goes on with it."""

from __future__ import annotations

import shlex
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from mnistkit.errors import UsageError

SIDE = 192
"""The pixels of a crop's side."""


@dataclass(frozen=True)
class Request:
    """What to train, and with what means.

    Args:
        output: The folder, which may hold a part of the same training.
        steps: Batches to learn in all; the learning rate falls to 0 over them.
        seed: Of the first weights and of all crops.
        batch_size: Crops a step.
        learning_rate: Its highest value.
        init: The folder of another training whose weights are the first ones.
        fonts: Folders with typefaces, beside Matplotlib's own.
        workers: Processes that make crops; the weights do not depend on it.
        pages: Made pages of each kind to measure on, and to prove the export on.
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
        """Return the command that asks for the same training."""
        words = ["mnistkit", "train-reader", "--steps", self.steps, "--seed", self.seed]
        words += ["--batch-size", self.batch_size, "--learning-rate", f"{self.learning_rate:g}"]
        words += ["--init", self.init] if self.init else []
        words += [word for folder in self.fonts for word in ("--fonts", folder)]
        return shlex.join([*map(str, words), "--output", str(self.output)])


@dataclass(frozen=True)
class Settings:
    """All that the weights of a page reader depend on; see `Request`.

    Args:
        side: The pixels of a crop's side.
        init_sha256: Checksum of the state whose weights are the first ones.
        dataset: Whose training digits are written on the pages, and their `dataset_sha256`.
        typefaces: Files of typefaces, by their names.
    """

    steps: int
    seed: int
    batch_size: int
    side: int
    learning_rate: float
    init_sha256: str | None
    dataset: str
    dataset_sha256: str
    typefaces: tuple[str, ...]

    def to_json(self) -> dict[str, Any]:
        """Return the settings as plain JSON values."""
        return {**asdict(self), "typefaces": list(self.typefaces)}

    def check_same(self, recorded: dict[str, Any], folder: Path) -> None:
        """Raise `UsageError` where the training in a folder has others."""
        for name, value in self.to_json().items():
            if recorded.get(name) != value:
                raise UsageError(
                    f"expected {name} as when {folder} began, {recorded.get(name)}, received "
                    f"{value}; give the same again, or choose another --output"
                )
