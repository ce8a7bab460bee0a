"""Searching for the best recipe: trials of one study, shared by any number of processes.

| module    | what                                                             |
|-----------|------------------------------------------------------------------|
| space     | what is searched, as data                                        |
| storage   | where a study is kept: a journal, a database, Redis              |
| study     | one study: who may take a place, what was tried, the best        |
| heartbeat | telling trials whose process is gone from those that take long   |
| worker    | one process's share of a study                                   |
| objective | one trial: a training measured on its validation images          |
| report    | what a study leaves in its folder                                |

All but this module import Optuna, which is an extra.
"""

from __future__ import annotations

from importlib.util import find_spec

from mnistkit.errors import MissingError


def require_optuna() -> None:
    """Raise `MissingError` where Optuna is not installed; says how to install it."""
    if find_spec("optuna") is None:
        raise MissingError(
            "expected Optuna, which searches, received an installation without it; install it "
            "with `pip install '.[tune]'` in mnistkit's folder"
        )
