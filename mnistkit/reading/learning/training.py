"""The steps of a page reader's training, with regular saving and measuring."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.errors import DivergedError
from mnistkit.reading.detection import Marks, decode, padded
from mnistkit.reading.learning.batches import Batch
from mnistkit.reading.learning.learner import Learner, answering, save
from mnistkit.reading.learning.made_page import MadePage
from mnistkit.reading.learning.measuring import measure
from mnistkit.reading.learning.record import Row

SECONDS_BETWEEN_SAVES = 120.0
STEPS_BETWEEN_ROWS = 250


class Listener(Protocol):
    """Receives the progress of a training."""

    def begin(self, folder: Path, done: int, steps: int) -> None:
        """The training starts or resumes; `done` of all `steps` are done already."""

    def step(self, done: int, losses: Mapping[str, float]) -> None:
        """A step is done; `done` is the number of steps so far."""

    def row(self, row: Row) -> None:
        """The network was measured; `row` is its row of the history."""

    def stage(self, name: str) -> None:
        """A stage before or after the steps begins, such as `exporting`."""


@dataclass
class Training:
    """A training under way.

    Args:
        learner: The network with its optimizer.
        state: The file with everything that the next step depends on.
        steps: Number of steps in all.
        validation: Made crops to measure on.
    """

    learner: Learner
    state: Path
    steps: int
    validation: list[MadePage]


def learn(training: Training, batches: Iterator[Batch], listener: Listener) -> None:
    """Train for the remaining steps; save every two minutes, at the end, and on Ctrl-C.

    Args:
        training: Its learner is changed.
        batches: The batches of the remaining steps.
        listener: Receives the progress.

    Raises:
        DivergedError: The loss is not finite; the last saved state is kept.
    """
    learner, saved = training.learner, time.monotonic()
    answer = answering(learner.model)

    def look(page: GreyPicture) -> Marks:
        return decode(answer(padded(page)))

    try:
        for done in range(learner.steps_done + 1, training.steps + 1):
            losses = _step(learner, next(batches))
            listener.step(done, losses)
            if done % STEPS_BETWEEN_ROWS == 0 or done == training.steps:
                measures = measure(look, training.validation).measures()
                listener.row(Row(done, losses, measures))
            if time.monotonic() - saved > SECONDS_BETWEEN_SAVES:
                save(learner, training.state)
                saved = time.monotonic()
    except KeyboardInterrupt:
        save(learner, training.state)
        raise
    save(learner, training.state)


def _step(learner: Learner, batch: Batch) -> dict[str, float]:
    losses = learner.step(batch)
    if not math.isfinite(losses["loss"]):
        raise DivergedError(
            f"expected a loss, received {losses['loss']} at step {learner.steps_done}; begin "
            "again with another --seed or a lower --learning-rate"
        )
    return losses
