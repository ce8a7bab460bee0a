"""Which model a command means."""

from __future__ import annotations

import logging
import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from mnistkit.core.models import run_folder
from mnistkit.errors import ModelError

logger = logging.getLogger(__name__)

OLDER_SUFFIXES = (".h5", ".hdf5")
ENVIRONMENT_VARIABLE = "MNISTKIT_MODEL"

BUNDLED = "bundled"
"""The name of the model that comes with this package."""

BUNDLED_RUN = Path(__file__).parents[2] / "assets" / BUNDLED
"""Its run; the Keras model in it has no optimizer."""


@dataclass(frozen=True)
class ModelChoice:
    """The path of a model, which exists, and why it was chosen."""

    path: Path
    why: str


def choose(option: str | os.PathLike[str] | None, named_by: str = "--model") -> ModelChoice:
    """Find the model a command means.

    Args:
        option: What the user named, as text or as a path; a path never means the bundled
            model. Without it: the environment variable, the newest finished run below
            `./runs`, and the bundled model, in this order.
        named_by: The option or argument that named it.

    Raises:
        ModelError: Nothing is there, or a file of Keras's older format.
    """
    if option is not None:
        return ModelChoice(_named(option), f"from {named_by}")
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    if named:
        return ModelChoice(_named(named), f"from {ENVIRONMENT_VARIABLE}")
    newest = run_folder.newest_finished()
    if newest is None:
        return ModelChoice(BUNDLED_RUN, "no finished run in ./runs")
    return ModelChoice(newest.path, "the newest finished run")


def is_bundled(path: Path) -> bool:
    """Return whether a path, in any spelling, is in the bundled run."""
    return path.resolve().is_relative_to(BUNDLED_RUN.resolve())


def name_of(path: Path | None) -> str:
    """Return the name that people read for the model of this path."""
    return BUNDLED if path and is_bundled(path) else str(path)


def _named(name: str | os.PathLike[str]) -> Path:
    """Return the path of the model of this name.

    Raises:
        ModelError: Nothing is there, or a file of Keras's older format.
    """
    if name == BUNDLED:
        return BUNDLED_RUN
    path = Path(name)
    if not path.exists():
        raise ModelError(
            f"no model at {path}; name a run folder, a .keras file, an exported model or "
            f"`{BUNDLED}`, or train one with `mnistkit train`"
        )
    if not path.is_dir():
        check_format(path)
    return path


def check_format(path: Path) -> None:
    """Raise `ModelError` for a file of Keras's older format, with how to import it."""
    if path.suffix.lower() in OLDER_SUFFIXES:
        raise ModelError(
            f"expected a run folder, a .keras file, an exported model or `{BUNDLED}`, received "
            f"{path}, in Keras's older format; make a run of it with "
            f"`mnistkit import {shlex.quote(str(path))}`"
        )
