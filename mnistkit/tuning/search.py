"""A search from beginning to end: its data, its study, its trials, its folder."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from mnistkit.core.claims import claim_folder
from mnistkit.data.holdout import divide, share_held_out
from mnistkit.data.loading import LabelledImages, load_split
from mnistkit.errors import UsageError
from mnistkit.fetching.store import Store
from mnistkit.training.fitting import fit_recipe
from mnistkit.training.settings import Request
from mnistkit.training.setup import with_architecture
from mnistkit.tuning import study_folder
from mnistkit.tuning.heartbeat import Pulse
from mnistkit.tuning.space import space_of
from mnistkit.tuning.storage import JOURNAL, open_storage, reaching
from mnistkit.tuning.study import Purpose, Study, make_pruner, open_study
from mnistkit.tuning.trial import Trainer
from mnistkit.tuning.worker import Plan, Watcher, work

STUDIES = Path("studies")
JOURNAL_FILE = "journal.log"
NAME = re.compile(r"\w[\w.-]*")
WRITING_SECONDS = 600.0
"""How long other workers may take to draw their plots."""


@dataclass(frozen=True)
class Search:
    """What a user asks for.

    Args:
        training: What all trials have in common.
        trials: How many the study is to have, those of all its workers.
        name: The study's; None for one of the architecture and the dataset.
        storage: Where it is kept; None for a journal in the folder.
        folder: Of what it leaves; None for one below `./studies`.
        pruner: One of `mnistkit.tuning.study.PRUNERS`.
        timeout: After how many seconds no trial is begun, None for never.
        pulse: How often workers give signs of life.
    """

    training: Request
    trials: int
    name: str | None = None
    storage: str | None = None
    folder: Path | None = None
    pruner: str = "asha"
    timeout: float | None = None
    pulse: Pulse = field(default_factory=Pulse)


@dataclass(frozen=True)
class Tuning:
    """A search under way."""

    study: Study
    trainer: Trainer
    plan: Plan
    folder: Path

    def work(self, watcher: Watcher) -> None:
        """Do this process's share; what is known by then stands in the folder even on Ctrl-C.

        Raises:
            InterruptedRunError: Ctrl-C; the same command goes on.
            StudyError: The storage fails, or trials fail one after the other in the same way.
        """
        try:
            work(self.study, self.trainer, self.plan, watcher)
        finally:
            # One worker after the other, so that the last one writes what all have done.
            with claim_folder(self.folder, WRITING_SECONDS):
                self._write()
                study_folder.draw(self.study, self.folder)

    def write(self) -> None:
        """Write what is known by now."""
        with claim_folder(self.folder, WRITING_SECONDS):
            self._write()

    def _write(self) -> None:
        with reaching(self.plan.url):
            study_folder.write(self.study, self.command(), self.folder)

    def command(self) -> str | None:
        """The command that trains as the best trial did, if there is one."""
        best = self.study.best()
        return self.trainer.settings(best.parameters).command() if best else None

    def result(self) -> dict[str, Any]:
        """What the study has come to, as plain JSON values."""
        with reaching(self.plan.url):
            return {"folder": str(self.folder), **study_folder.to_json(self.study, self.command())}


def begin(search: Search, store: Store) -> Tuning:
    """Load the training images, and begin the study or join it; the test split stays closed.

    Raises:
        MnistkitError: Something that was asked for is wrong or missing.
    """
    if search.training.validation == 0:
        raise UsageError(
            "expected a validation set to compare trials by, received --validation 0; raise it"
        )
    training, architecture = with_architecture(search.training)
    shared = open_storage(search.storage) if search.storage else None
    train = load_split(training.dataset, "train", store)
    training = replace(training, validation=share_held_out(train, training.validation))
    # What can't be divided is told now, not by every trial.
    parts = divide(train, training.limit, training.validation, training.seed)
    # Once for all trials, so that each is as long whatever batches it tries.
    architecture = fit_recipe(architecture, training, len(parts.train))
    name = _checked_name(search.name or _plain(f"{training.architecture}-{train.name}"))
    folder = search.folder or STUDIES / name
    study_folder.make_folder(folder, name)
    url = search.storage or f"{JOURNAL}{folder / JOURNAL_FILE}"
    epochs = training.epochs or architecture.recipe.epochs
    settings = {"recipe": asdict(architecture.recipe), "pruner": search.pruner}
    settings |= _settings(training, train, epochs)
    pruner = make_pruner(search.pruner, epochs)
    purpose = Purpose(settings, space_of(architecture), training.seed, pruner)
    with reaching(url):
        study = open_study(shared or open_storage(url), name, purpose)
    plan = Plan(search.trials, epochs, url, search.timeout, search.pulse)
    tuning = Tuning(study, Trainer(training, architecture, train), plan, folder)
    tuning.write()
    return tuning


def _settings(training: Request, train: LabelledImages, epochs: int) -> dict[str, Any]:
    """What is trained, on what and how long: all of it makes trials comparable."""
    return {
        "architecture": training.architecture,
        "dataset": train.name,
        "checksum": train.checksum(),
        "epochs": epochs,
        "validation": training.validation,
        "limit": training.limit,
    }


def _plain(text: str) -> str:
    """A text as a name: what stands in a path becomes a hyphen."""
    return re.sub(r"[^\w.]+", "-", text).strip("-.")


def _checked_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise UsageError(
            f"expected a study's name of letters, digits, '_', '.' and '-', received {name!r}; "
            "choose another --study"
        )
    return name
