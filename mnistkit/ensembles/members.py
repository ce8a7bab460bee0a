"""The runs an ensemble is made of."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mnistkit.core.class_names import named
from mnistkit.core.files import sha256
from mnistkit.core.models import run_folder
from mnistkit.core.models.choice import BUNDLED, BUNDLED_RUN, is_bundled
from mnistkit.core.models.run_folder import Run
from mnistkit.data import overlap
from mnistkit.data.holdout import Examples, hold_out
from mnistkit.data.loading import LabelledImages
from mnistkit.errors import ModelError, UsageError
from mnistkit.training.settings import recorded

FEWEST_MEMBERS = 2


@dataclass(frozen=True)
class Member:
    """A finished run, under the name it was given by; `sha256` is of its Keras model's file."""

    name: str
    run: Run
    sha256: str

    @property
    def place(self) -> str:
        """What leads back to it from any folder."""
        return BUNDLED if is_bundled(self.run.path) else str(self.run.path.resolve())

    def has_seen(self, images: LabelledImages) -> bool:
        """Whether it learned these images, as far as can be told."""
        return bool(overlap.overlapping(self.run.learned_from, images))

    def to_json(self, test: LabelledImages) -> dict[str, Any]:
        """What an ensemble records of it; the accuracy is on its own dataset's test split."""
        card = self.run.card()
        return {
            "run": self.name,
            "architecture": card.architecture,
            "dataset": card.dataset,
            "accuracy": card.accuracy,
            "sha256": self.sha256,
            "saw_test_images": self.has_seen(test),
        }


def read_members(names: Sequence[str]) -> list[Member]:
    """Open the runs of these names, run folders or `bundled`, that can be averaged.

    Raises:
        ModelError: One is no finished run.
        UsageError: They are fewer than two, two are the same, or they do not go together.
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
    """The images that only validated every member; None unless all divided `train` alike.

    None, too, where one began with a model that may know them.
    """
    if any(
        member.run.is_ensemble or member.run.record.get("validation_learned") for member in members
    ):
        return None
    ways = {
        (member.run.record["dataset"]["sha256"], recorded(member.run).held_out_by)
        for member in members
    }
    (checksum, way), *others = ways
    if others or checksum != train.checksum() or (way is None and train.validation is None):
        return None
    limit, validation, seed = way or (None, None, 0)
    return hold_out(train, limit, validation, seed).validation


def _read(name: str) -> Member:
    run = run_folder.read(BUNDLED_RUN if name == BUNDLED else Path(name))
    if not run.finished or not run.model.is_file():
        status = run.record.get("status") if run.model.is_file() else f"without {run.model.name}"
        raise ModelError(
            f"expected finished runs, received {name}, which is {status}; go on with "
            f"`mnistkit train --resume {shlex.quote(str(run.path))}`"
        )
    return Member(name, run, sha256(run.model))


def _check_differs(first: Member, other: Member) -> None:
    if first.sha256 == other.sha256:
        raise UsageError(
            f"expected runs that differ, received {first.name} and {other.name}, which hold the "
            "same model; name it once"
        )


def _check_agrees(first: Member, other: Member) -> None:
    """Raise `UsageError` where two runs can't answer for the same pictures."""
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
