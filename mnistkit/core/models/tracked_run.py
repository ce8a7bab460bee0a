"""A training as its trackers see it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol

Figures = Mapping[str, float]
"""Measures by name, without those that are missing or no number."""

Outcome = Literal["finished", "interrupted", "failed"]


@dataclass(frozen=True)
class TrackedRun:
    """A training before the epochs that are left, as `Tracker.open` receives it.

    Args:
        path: The run folder.
        settings: The settings by name, an architecture's own option as `option.NAME`: texts,
            numbers and bools.
        history: The measures of each epoch that is done, the first one first. The tracker may
            have all of them, some or none.
        facts: The `facts` of this tracker when the run was tracked before; empty if it was not.
    """

    path: Path
    settings: Mapping[str, Any]
    history: tuple[Figures, ...] = ()
    facts: Mapping[str, str] = field(default_factory=dict)


class Tracking(Protocol):
    """One training in a tracker's store; any exception ends it, and the training goes on."""

    @property
    def facts(self) -> Mapping[str, str]:
        """What finds the training in the store again; it stands in `run.json`."""

    def epoch(self, number: int, measures: Figures) -> None:
        """Receive an epoch, counted from 1; its measures have the names of `history.csv`."""

    def end(self, outcome: Outcome, epochs: int, metrics: Figures) -> None:
        """Receive the end of this process's part; the run folder is complete if it finished.

        Args:
            outcome: How it ended; a run that did not finish may be resumed.
            epochs: The number of epochs that are done.
            metrics: The final measures, such as `test_accuracy`; empty if there are none yet.
        """
