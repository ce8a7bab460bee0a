"""A search from beginning to end: its data, its study, its trials, its folder."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mnistkit.core.claims import claim_folder
from mnistkit.data.holdout import hold_out, share_held_out
from mnistkit.data.loading import load_split
from mnistkit.errors import UsageError
from mnistkit.fetching.store import Store
from mnistkit.training.fitting import fit_recipe
from mnistkit.training.settings import TrainingRequest
from mnistkit.training.setup import with_architecture
from mnistkit.tuning import study_folder
from mnistkit.tuning.runner import Runner, Watcher, run
from mnistkit.tuning.space import Parameters, space_of
from mnistkit.tuning.storage import JOURNAL, open_storage, reaching
from mnistkit.tuning.study import Study, StudySettings, open_study
from mnistkit.tuning.trial import Trainer

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
        folder: Of its results; None for one below `./studies`.
        pruner: `asha`, `hyperband` or `none`.
        timeout: After how many seconds no trial is begun, None for never.
    """

    training: TrainingRequest
    trials: int
    name: str | None = None
    storage: str | None = None
    folder: Path | None = None
    pruner: str = "asha"
    timeout: float | None = None


@dataclass(frozen=True)
class Tuning:
    """A search under way.

    Args:
        search: What a user asks for.
        study: The study, opened.
        trainer: Trains the trials.
        epochs: How many a whole trial learns.
        folder: The study's folder.
    """

    search: Search
    study: Study
    trainer: Trainer
    epochs: int
    folder: Path

    def work(self, watcher: Watcher) -> None:
        """Run trials until the study has its total; the folder has the results even on Ctrl-C.

        Raises:
            InterruptedRunError: Ctrl-C; the same command goes on.
            StudyError: The storage fails, or trials fail in a row in the same way.
        """
        runner = Runner(self.study, self.trainer, self.epochs, watcher)
        try:
            run(runner, self.search.trials, self.search.timeout)
        finally:
            # One worker after the other, so that the last one writes what all have done.
            with claim_folder(self.folder, WRITING_SECONDS):
                self._write()
                study_folder.draw(self.study, self.folder)

    def write(self) -> None:
        """Write the results so far into the folder."""
        with claim_folder(self.folder, WRITING_SECONDS):
            self._write()

    def _write(self) -> None:
        with reaching(self.study.url):
            study_folder.write(self.study, self.command, self.folder)

    def command(self, parameters: Parameters) -> str:
        """Return the command that trains as a trial with these parameters did."""
        return self.trainer.settings(parameters).command()

    def result(self) -> dict[str, Any]:
        """Return the results so far as plain JSON values."""
        with reaching(self.study.url):
            record = study_folder.to_json(self.study, self.command)
        return {"folder": str(self.folder), **record}


def begin(search: Search, store: Store) -> Tuning:
    """Load the training images, and create the study or join it; the test set is never loaded.

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
    parts = hold_out(train, training.limit, training.validation, training.seed)
    # Once for all trials, so that each is as long whatever batches it tries.
    architecture = fit_recipe(architecture, training, len(parts.train))
    name = _checked_name(search.name or _plain(f"{training.architecture}-{train.name}"))
    folder = search.folder or STUDIES / name
    study_folder.make_folder(folder, name)
    url = search.storage or f"{JOURNAL}{folder / JOURNAL_FILE}"
    trainer = Trainer(training, architecture, train)
    epochs = training.recipe.get("epochs", architecture.recipe.epochs)
    settings = _settings(trainer, epochs, search.pruner)
    with reaching(url):
        study = open_study(shared or open_storage(url), url, name, space_of(architecture), settings)
    tuning = Tuning(search, study, trainer, epochs, folder)
    tuning.write()
    return tuning


def _settings(trainer: Trainer, epochs: int, pruner: str) -> StudySettings:
    """Return what is trained, on what and how long: all of it makes trials comparable."""
    training, train = trainer.base, trainer.train
    return {
        "recipe": asdict(trainer.architecture.recipe),
        "pruner": pruner,
        "architecture": training.architecture,
        "dataset": train.name,
        "checksum": train.checksum(),
        "epochs": epochs,
        "validation": training.validation,
        "limit": training.limit,
        "seed": training.seed,
    }


def _plain(text: str) -> str:
    """Return a text as a name: what stands in a path becomes a hyphen."""
    return re.sub(r"[^\w.]+", "-", text).strip("-.")


def _checked_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise UsageError(
            f"expected a study's name of letters, digits, '_', '.' and '-', received {name!r}; "
            "choose another --study"
        )
    return name
