"""Sending a training's progress to trackers; one that fails does not end the training."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mnistkit import plugins
from mnistkit.core.models import run_folder
from mnistkit.core.models.record import Epoch, Metrics
from mnistkit.core.models.run_folder import Run
from mnistkit.core.models.tracked_run import Figures, Outcome, TrackedRun, Tracking
from mnistkit.errors import OutputError
from mnistkit.plugin_types import Tracker
from mnistkit.training.settings import training_record

logger = logging.getLogger(__name__)

OUTCOMES: dict[str, Outcome] = {
    run_folder.FINISHED: "finished",
    run_folder.INTERRUPTED: "interrupted",
    run_folder.RUNNING: "failed",
}


class TrackingError(OutputError):
    """A training is finished, but a tracker did not get all of it; `run` is its folder."""

    def __init__(self, run: Path, names: Iterable[str]) -> None:
        super().__init__(
            f"the run {run} is finished, but {' and '.join(names)} did not get all of it; send "
            f"the rest with `mnistkit train --resume {shlex.quote(str(run))}`"
        )
        self.run = run


def find_tracker(name: str) -> Tracker:
    """Return a tracker that can be used.

    Raises:
        PluginError: There is no such tracker, or it is broken.
        MissingError: What it needs is not installed.
    """
    tracker = plugins.load("tracker", name, Tracker)
    with plugins.blamed("tracker", name):
        tracker.check()
    return tracker


@contextmanager
def tracked(run: Run, names: Iterable[str]) -> Iterator[Callable[[Epoch], None]]:
    """Yield a function that sends an epoch to the trackers; they are open during the block.

    Args:
        run: The training's run.
        names: The trackers; those that tracked the run before receive the rest of it, too.

    Raises:
        TrackingError: The block succeeded, but a tracker failed.
    """
    everywhere = _Everywhere()
    everywhere.open(run, dict.fromkeys((*_tracked(run), *names)))
    try:
        yield everywhere.epoch
    finally:
        everywhere.end(run)
    if everywhere.failed:
        raise TrackingError(run.path, everywhere.failed)


class _Everywhere:
    """All trackers of a training; one that fails is told nothing more."""

    def __init__(self) -> None:
        self._open: dict[str, Tracking] = {}
        self.failed: list[str] = []

    def open(self, run: Run, names: Iterable[str]) -> None:
        for name in names:
            # Also without its store: a resumed training is tracked again.
            facts: dict[str, str] = dict(_tracked(run).get(name, {}))
            with self._surviving(name):
                self._open[name] = find_tracker(name).open(_seen(run, facts))
                facts = {key: str(fact) for key, fact in self._open[name].facts.items()}
                told = ", ".join(f"{key} {fact}" for key, fact in facts.items())
                logger.info("tracked by %s: %s", name, told)
            tracked = {**_tracked(run), name: facts}
            if tracked != _tracked(run):
                run.save(tracked=tracked)

    def epoch(self, row: Epoch) -> None:
        measures = _figures(row)
        for name, tracking in [*self._open.items()]:
            with self._surviving(name):
                tracking.epoch(row.epoch, measures)

    def end(self, run: Run) -> None:
        outcome, epochs = OUTCOMES[run.record.status], len(run.record.history)
        metrics = _flat(run.record.metrics) if run.record.metrics else {}
        for name, tracking in [*self._open.items()]:
            with self._surviving(name):
                tracking.end(outcome, epochs, metrics)

    @contextmanager
    def _surviving(self, name: str) -> Iterator[None]:
        """Say that a tracker failed, and leave it out from then on."""
        try:
            yield
        # A store or a plugin may raise anything, and hours of training are worth more.
        except (Exception, SystemExit) as error:
            logger.warning("%s; going on without the tracker %s", plugins.told(error), name)
            logger.debug("the tracker failed", exc_info=error)
            self._open.pop(name, None)
            self.failed.append(name)


def _tracked(run: Run) -> Mapping[str, Mapping[str, str]]:
    return training_record(run).tracked or {}


def _seen(run: Run, facts: Mapping[str, str]) -> TrackedRun:
    """Return what a tracker sees of a run."""
    history = tuple(map(_figures, run.record.history))
    return TrackedRun(run.path, _settings(run), history, facts)


def _settings(run: Run) -> dict[str, Any]:
    """Return the settings of a run and its data's checksum, one value a name."""
    settings = asdict(training_record(run).settings)
    options = settings.pop("options")
    chosen = {name: value for name, value in settings.items() if value is not None}
    return {
        **chosen,
        **{f"option.{name}": value for name, value in options.items()},
        "dataset_sha256": run.record.dataset.sha256,
    }


def _figures(row: Epoch) -> Figures:
    return {
        name: value for name, value in asdict(row).items() if name != "epoch" and value is not None
    }


def _flat(metrics: Metrics) -> Figures:
    """Return the final measures under names such as `test_accuracy`."""
    parts = {"train": metrics.train, "validation": metrics.validation, "test": metrics.test}
    measured = {
        f"{part}_{name}": value
        for part, measures in parts.items()
        if measures
        for name, value in asdict(measures).items()
        if value is not None
    }
    calibrated = metrics.temperature
    return measured if calibrated is None else {**measured, "temperature": calibrated}
