"""What an entry point of a tracker loads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mnistkit.plugin_types.fields import mistyped

if TYPE_CHECKING:
    from mnistkit.core.models.tracked_run import TrackedRun, Tracking


def _need_nothing() -> None:
    """Raise no error."""


@dataclass(frozen=True)
class Tracker:
    """A place that receives the progress of trainings.

    Args:
        summary: One line for people who choose.
        open: Called as `open(run)` before the epochs that are left. Returns what receives
            them. Epochs in `run.history` that the place lacks are written, and none twice.
        check: Called before a training is set up. Raises `MissingError` if what the tracker
            needs is not installed.
    """

    summary: str
    open: Callable[[TrackedRun], Tracking]
    check: Callable[[], None] = _need_nothing

    def flaw(self) -> str | None:
        """Say what breaks the contract; None where nothing does."""
        return mistyped(self, {"summary": str})
