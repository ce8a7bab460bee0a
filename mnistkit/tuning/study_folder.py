"""The folder of a study: its record, the command of the best trial, and plots."""

from __future__ import annotations

import logging
import warnings
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from optuna.importance import get_param_importances
from optuna.trial import FrozenTrial, TrialState

from mnistkit.core import stored_json
from mnistkit.core.claims import claim_folder
from mnistkit.core.files import replacing, write_json
from mnistkit.errors import OutputExistsError
from mnistkit.reporting import style, trials
from mnistkit.tuning.space import Parameters, rounded
from mnistkit.tuning.study import FINISHED, WORKER, Study, best_of, failure

logger = logging.getLogger(__name__)

RECORD_FILE = "study.json"
COMMAND_FILE = "best.sh"
FORMAT_VERSION = 1

FOUNDING_SECONDS = 2.0
"""Seconds to wait for another worker that creates the folder."""

FEWEST_COMPLETE = 2
"""Complete trials that the plots need."""

Command = Callable[[Parameters], str]
"""Returns the command that trains with these parameters."""


def to_json(study: Study, command: Command) -> dict[str, Any]:
    """Return the study as plain JSON values."""
    trials = study.trials()
    best = best_of(trials)
    return {
        "format_version": FORMAT_VERSION,
        "study": study.name,
        "counts": Counter(_state(trial) for trial in trials),
        "best": _best(best, command) if best else None,
        "trials": [_row(trial) for trial in trials],
    }


def write(study: Study, command: Command, folder: Path) -> None:
    """Write the record and, if there is one, the best trial's command.

    Writing is repeated while other workers finish trials, so that the files have the last state.
    """
    finished = -1
    while finished != (finished := study.finished()):
        record = to_json(study, command)
        write_json(folder / RECORD_FILE, record)
        if record["best"]:
            with replacing(folder / COMMAND_FILE) as temporary:
                temporary.write_text(f"{record['best']['command']}\n", encoding="utf-8")


def draw(study: Study, folder: Path) -> None:
    """Draw the history, the parallel coordinates and the importances, as PNG."""
    if len(study.trials(TrialState.COMPLETE)) < FEWEST_COMPLETE:
        logger.info("no plots yet: they need %d trials that were not pruned", FEWEST_COMPLETE)
        return
    drawn = [_drawn(trial) for trial in study.trials(*FINISHED)]
    pruned = sum(trial.pruned for trial in drawn)
    title = f"study {style.brief(study.name)}: {len(drawn)} trials, {pruned} of them pruned"
    trials.draw_history(drawn, title, folder / "history.png")
    trials.draw_parallel(drawn, title, folder / "parallel.png")
    importances = _importances(study)
    if importances:
        trials.draw_importances(importances, title, folder / "importance.png")
    else:
        logger.info("no importance.png yet: the trials are too few, or too much alike")


def _importances(study: Study) -> dict[str, float]:
    """Return the importance of each parameter; none for too few different trials."""
    with warnings.catch_warnings():
        # Optuna warns of equal accuracies, and that the importances are experimental.
        warnings.simplefilter("ignore")
        warnings.filterwarnings("error", ".*importances", UserWarning)
        try:
            return get_param_importances(study.inner)
        except UserWarning:
            return {}


def _drawn(trial: FrozenTrial) -> trials.DrawnTrial:
    pruned = trial.state == TrialState.PRUNED
    return trials.DrawnTrial(trial.number, _last_accuracy(trial), pruned, rounded(trial.params))


def _last_accuracy(trial: FrozenTrial) -> float:
    """Return the accuracy of a trial, which for a pruned one is that of its last epoch."""
    reported = trial.intermediate_values
    last: float = reported[max(reported)] if reported else 0.0
    return trial.value if trial.value is not None else last


def make_folder(folder: Path, name: str) -> None:
    """Create a study's folder, unless it exists.

    Raises:
        OutputExistsError: The folder holds something else.
        OutputBusyError: Another process is creating it.
        OutputError: It can't be created.
    """
    if _is_study(folder, name):
        return
    # Another worker may be creating it for the same study.
    with claim_folder(folder, FOUNDING_SECONDS):
        if not _is_study(folder, name):
            start = {"format_version": FORMAT_VERSION, "study": name}
            write_json(folder / RECORD_FILE, start)


def _is_study(folder: Path, name: str) -> bool:
    """Return whether a folder is of this study; False if it is absent or empty.

    Raises:
        OutputExistsError: The folder holds something else.
    """
    if _study_in(folder / RECORD_FILE) == name:
        return True
    if folder.exists() and not (
        folder.is_dir() and all(path.name.startswith(".") for path in folder.iterdir())
    ):
        raise OutputExistsError(
            f"expected {folder} to be absent, empty or the folder of study {name!r}, received one "
            "that holds something else; choose another --output"
        )
    return False


def _study_in(record: Path) -> Any:
    """Return the name of the study in a record; None if the file is not a record."""
    try:
        return stored_json.read(record)["study"]
    except (OSError, ValueError, LookupError, TypeError):
        return None


def _best(trial: FrozenTrial, command: Command) -> dict[str, Any]:
    parameters = rounded(trial.params)
    return {
        "number": trial.number,
        "accuracy": trial.value,
        "parameters": parameters,
        "command": command(parameters),
    }


def _row(trial: FrozenTrial) -> dict[str, Any]:
    return {
        "number": trial.number,
        "state": _state(trial),
        "accuracies": [
            trial.intermediate_values[step] for step in sorted(trial.intermediate_values)
        ],
        "parameters": rounded(trial.params),
        "seconds": trial.duration.total_seconds() if trial.duration else None,
        "worker": trial.user_attrs.get(WORKER),
        "retry_of": trial.system_attrs.get("failed_trial"),
        "failure": failure(trial),
    }


def _state(trial: FrozenTrial) -> str:
    return str(trial.state.name).lower()
