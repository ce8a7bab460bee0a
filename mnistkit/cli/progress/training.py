"""Progress of a training: a line for each epoch; on a terminal, a bar for the present one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from mnistkit.cli import output
from mnistkit.cli.progress.stage import Stage

if TYPE_CHECKING:
    # These import NumPy.
    from mnistkit.cli.progress.display import Display
    from mnistkit.core.models.record import Epoch
    from mnistkit.training.epochs import EpochProgress


class TrainingProgress:
    """Shows the epochs and the stages of a training; see `Listener`."""

    def __init__(self, display: Display) -> None:
        self._display = display
        self._last_epoch = 0
        self._shown = 0

    def begin(self, run: Path, first_epoch: int, last_epoch: int) -> None:
        """Print the run folder and the epochs to train."""
        self._last_epoch = last_epoch
        left = f", epochs {first_epoch} to {last_epoch}" if first_epoch <= last_epoch else ""
        output.note(f"training in {run}{left}")
        self._display.stage("preparing")

    def batch(self, epoch: int, progress: EpochProgress) -> None:
        """Move the bar."""
        if epoch != self._shown:
            self._shown = epoch
            name = f"epoch {epoch}/{self._last_epoch}"
            self._display.show(Stage(name, progress.total, "images", counts=False))
        self._display.reach(
            progress.images, f"loss {progress.loss:.4f}, accuracy {progress.accuracy:.2%}"
        )

    def epoch(self, row: Epoch) -> None:
        """Print the line of an epoch."""
        text = (
            f"epoch {row.epoch}/{self._last_epoch}  {row.seconds:.1f} s  "
            f"accuracy {row.accuracy:.2%}, loss {row.loss:.4f}"
        )
        if row.validation_accuracy is not None:
            text += f"  validation {row.validation_accuracy:.2%}, {row.validation_loss:.4f}"
        output.note(text)

    def stage(self, name: str) -> None:
        """Print the name of a stage after the last epoch, and show that it is under way."""
        self._display.announce(name)
