"""The runs that an ensemble averages."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mnistkit.core.class_names import named
from mnistkit.core.files import sha256
from mnistkit.core.models import run_folder
from mnistkit.core.models.choice import BUNDLED, BUNDLED_RUN, is_bundled
from mnistkit.core.models.record import MemberFacts, TrainingRecord
from mnistkit.core.models.run_folder import Run
from mnistkit.data import overlap
from mnistkit.data.holdout import Examples, hold_out
from mnistkit.data.loading import LabelledImages
from mnistkit.errors import ModelError, UsageError

FEWEST_MEMBERS = 2


@dataclass(frozen=True)
class Member:
    """A finished run, under the name that the user gave it.

    `accuracy` is on its own dataset's test split, None if it was not measured; `sha256` is that of
    its Keras model's file.
    """

    name: str
    run: Run
    accuracy: float | None
    sha256: str

    @property
    def place(self) -> str:
        """The name that finds it from any folder."""
        return BUNDLED if is_bundled(self.run.path) else str(self.run.path.resolve())

    def has_seen(self, images: LabelledImages) -> bool:
        """Return whether it is known to have been trained on some of these images."""
        return bool(overlap.overlapping(self.run.record.learned_from, images))

    def facts(self, test: LabelledImages) -> MemberFacts:
        """Return what an ensemble records of it."""
        settings = self.run.record.settings
        return MemberFacts(
            run=self.name,
            architecture=settings.architecture,
            dataset=settings.dataset,
            accuracy=self.accuracy,
            sha256=self.sha256,
            saw_test_images=self.has_seen(test),
        )


def read_members(names: Sequence[str]) -> list[Member]:
    """Return the runs of these names, run folders or `bundled`, which can be averaged.

    Raises:
        ModelError: One is no finished run.
        UsageError: There are fewer than two, two hold the same model, or their classes or
            preparations differ.
    """
    if len(names) < FEWEST_MEMBERS:
        raise UsageError(
            f"expected {FEWEST_MEMBERS} runs or more, received {len(names)}; name each run folder"
        )
    members = [_read(name) for name in names]
    for number, member in enumerate(members):
        for other in members[:number]:
            _check_differs(other, member)
        _check_agrees(members[0], member)
    return members


def held_out_by_all(members: Sequence[Member], train: LabelledImages) -> Examples | None:
    """Return the validation set that all members have in common.

    None if they have none, or if one began with a model that may have been trained on it.
    """
    records = [member.run.record for member in members]
    trainings = [record for record in records if isinstance(record, TrainingRecord)]
    if len(trainings) < len(members) or any(record.validation_learned for record in trainings):
        return None
    ways = {(record.dataset.sha256, record.settings.held_out_by) for record in trainings}
    (checksum, way), *others = ways
    if others or checksum != train.checksum() or (way is None and train.validation is None):
        return None
    limit, validation, seed = way or (None, None, 0)
    return hold_out(train, limit, validation, seed).validation


def _read(name: str) -> Member:
    run = run_folder.read(BUNDLED_RUN if name == BUNDLED else Path(name))
    metrics = run.record.metrics
    if not run.finished or not run.model.is_file():
        status = run.record.status if run.model.is_file() else f"without {run.model.name}"
        raise ModelError(
            f"expected finished runs, received {name}, which is {status}; go on with "
            f"`mnistkit train --resume {shlex.quote(str(run.path))}`"
        )
    accuracy = metrics.test.accuracy if metrics else None
    return Member(name, run, accuracy, sha256(run.model))


def _check_differs(first: Member, other: Member) -> None:
    if first.sha256 == other.sha256:
        raise UsageError(
            f"expected runs that differ, received {first.name} and {other.name}, which hold the "
            "same model; name it once"
        )


def _check_agrees(first: Member, other: Member) -> None:
    """Raise `UsageError` if the classes or the preparations of two runs differ."""
    one, two = first.run.card(), other.run.card()
    if one.class_names != two.class_names:
        raise UsageError(
            f"expected runs of the classes {named(one.class_names)}, which {first.name} has, "
            f"received {other.name} with {named(two.class_names)}; leave one of them out"
        )
    if one.preparation != two.preparation:
        raise UsageError(
            f"expected runs for pictures prepared by {one.preparation!r}, as {first.name} is, "
            f"received {other.name} for {two.preparation!r}; leave one of them out"
        )
