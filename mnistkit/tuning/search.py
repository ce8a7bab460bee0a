"""A search from beginning to end: data, study, trials and folder."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mnistkit.core.claims import claim_folder
from mnistkit.core.packages import KERAS, PLOTS, require
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
"""Seconds to wait for other workers that draw their plots."""


@dataclass(frozen=True)
class Search:
    """The search that a user requests.

    Args:
        training: The settings that all trials share.
        trials: Number of trials of the study, over all its workers.
        name: The study's name; None for `ARCHITECTURE-DATASET`.
        storage: URL of the storage; None for a journal in the folder.
        folder: Folder of the results; None for one in `./studies`.
        pruner: `asha`, `hyperband` or `none`.
        timeout: Seconds after which no trial is begun; None for no limit.
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
    """A search that has begun.

    Args:
        search: The user's request.
        study: The study, opened.
        trainer: Trains the trials.
        epochs: Epochs of a trial that is not pruned.
        folder: The study's folder.
    """

    search: Search
    study: Study
    trainer: Trainer
    epochs: int
    folder: Path

    def work(self, watcher: Watcher) -> None:
        """Run trials until the study has its total, then write the results, even after Ctrl-C.

        Raises:
            InterruptedRunError: Ctrl-C.
            StudyError: The storage fails, or trials keep failing in the same way.
        """
        runner = Runner(self.study, self.trainer, self.epochs, watcher)
        try:
            run(runner, self.search.trials, self.search.timeout)
        finally:
            # Workers take turns, so that the last one writes the results of all.
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
        """Return the command that repeats the training of a trial with these parameters."""
        return self.trainer.settings(parameters).command()

    def result(self) -> dict[str, Any]:
        """Return the results so far as plain JSON values."""
        with reaching(self.study.url):
            record = study_folder.to_json(self.study, self.command)
        return {"folder": str(self.folder), **record}


def begin(search: Search, store: Store) -> Tuning:
    """Return a search with the training images loaded and the study created or joined.

    The test set is never loaded.

    Raises:
        MnistkitError: A part of the request is wrong or missing.
    """
    if search.training.validation == 0:
        raise UsageError(
            "expected a validation set, by which trials are compared, received --validation 0; "
            "raise it"
        )
    require("mnistkit tune", (*KERAS, *PLOTS))
    training, architecture = with_architecture(search.training, None)
    shared = open_storage(search.storage) if search.storage else None
    train = load_split(training.dataset, "train", store)
    training = replace(training, validation=share_held_out(train, training.validation))
    # Raises now what every trial would raise.
    parts = hold_out(train, training.limit, training.validation, training.seed)
    # Fitted once, so that all trials have the same number of epochs.
    architecture = fit_recipe(architecture, training, len(parts.train))
    name = _checked_name(search.name or _plain(f"{training.architecture}-{train.name}"))
    folder = search.folder or STUDIES / name
    study_folder.make_folder(folder, name)
    url = search.storage or f"{JOURNAL}{folder / JOURNAL_FILE}"
    trainer = Trainer(training, architecture, train)
    epochs = training.differing.get("epochs", architecture.recipe.epochs)
    settings = _settings(trainer, epochs, search.pruner)
    with reaching(url):
        study = open_study(shared or open_storage(url), url, name, space_of(architecture), settings)
    tuning = Tuning(search, study, trainer, epochs, folder)
    tuning.write()
    return tuning


def _settings(trainer: Trainer, epochs: int, pruner: str) -> StudySettings:
    """Return all settings that must be equal for trials to be comparable."""
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
    """Return a text as a study's name, with hyphens for other characters."""
    return re.sub(r"[^\w.]+", "-", text).strip("-.")


def _checked_name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise UsageError(
            f"expected a study name of letters, digits, '_', '.' and '-', received {name!r}; "
            "choose another --study"
        )
    return name
