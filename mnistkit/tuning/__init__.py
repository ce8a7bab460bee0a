"""Searching for the best recipe by the trials of a study, in one process or several.

| module       | what                                                          |
|--------------|---------------------------------------------------------------|
| space        | the parameters that are searched, and their ranges            |
| storage      | where the trials are stored: a journal or a database          |
| study        | one study: its settings, its trials, the best trial           |
| trial        | one trial: a training, measured on the validation set         |
| runner       | running the trials of one process                             |
| study_folder | the folder of a study: record, best command, plots            |
| search       | a search from beginning to end                                |

All modules but this one import Optuna, which is an optional dependency.
"""

from __future__ import annotations

from mnistkit.core.packages import require_extra


def require_optuna() -> None:
    """Raise `MissingError` with the command that installs Optuna, unless it is installed."""
    require_extra("mnistkit tune", "tune", {"Optuna": "optuna"})
