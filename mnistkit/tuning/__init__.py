"""Searching for the best recipe: trials of one study, shared by any number of processes.

| module       | what                                                          |
|--------------|---------------------------------------------------------------|
| space        | what is searched, as data                                     |
| storage      | where a study is kept: a journal or a database                |
| study        | one study: its settings, its trials, the best of them         |
| trial        | one trial: a training measured on its validation images       |
| runner       | the trials of one process, as Optuna asks for them            |
| study_folder | the folder of a study: record, best command, plots            |
| search       | a search from beginning to end                                |

All but this module import Optuna, which is an extra.
"""

from __future__ import annotations

from importlib.util import find_spec

from mnistkit.errors import MissingError


def require_optuna() -> None:
    """Raise `MissingError` where Optuna is not installed, with the command that installs it."""
    if find_spec("optuna") is None:
        raise MissingError(
            "expected Optuna, which searches, received an installation without it; install it "
            "with `pip install '.[tune]'` in mnistkit's folder"
        )
