"""Which model a command means, and opening it."""

from __future__ import annotations

import logging
import os
from dataclasses import dataclass
from pathlib import Path

from mnistkit.core.models import run_folder
from mnistkit.errors import ModelError

logger = logging.getLogger(__name__)

SUFFIXES = (".keras", ".onnx")
OLDER_SUFFIXES = (".h5", ".hdf5")
ENVIRONMENT_VARIABLE = "MNISTKIT_MODEL"

BUNDLED = "bundled"
"""The name of the model that comes with this package."""

BUNDLED_RUN = Path(__file__).parents[2] / "assets" / BUNDLED
"""The run it came from; its Keras model is without its optimizer."""


@dataclass(frozen=True)
class ModelChoice:
    """A model and why it was chosen; the path is a run, a `.keras` or an `.onnx` file."""

    path: Path
    why: str


def choose(option: str | os.PathLike[str] | None, named_by: str = "--model") -> ModelChoice:
    """Find the model a command means.

    Args:
        option: What the user named, as text or as a path, which never means the bundled
            model; else the environment, the newest finished run below `./runs`, and the
            bundled model, in this order.
        named_by: The option that named it.

    Raises:
        ModelError: What was named is no model.
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
    """Whether a path, however it is written, is in the bundled run."""
    return path.resolve().is_relative_to(BUNDLED_RUN.resolve())


def name_of(path: Path | None) -> str:
    """How the model of this path is called where people read it."""
    return BUNDLED if path and is_bundled(path) else str(path)


def _named(name: str | os.PathLike[str]) -> Path:
    """Return the path of the model of this name, which is there.

    Raises:
        ModelError: Nothing is there, or what is no model by its name.
    """
    if name == BUNDLED:
        return BUNDLED_RUN
    path = Path(name)
    if not path.exists():
        raise ModelError(
            f"no model at {path}; name a run folder, a .keras or an .onnx file, or "
            f"`{BUNDLED}`, or train one with `mnistkit train`"
        )
    if path.is_dir():
        return path
    check_format(path)
    if path.suffix not in SUFFIXES:
        raise ModelError(
            f"expected a run folder, a .keras or an .onnx file, or `{BUNDLED}`, received {path}; "
            "export the model to one of these"
        )
    return path


def check_format(path: Path) -> None:
    """Raise `ModelError` for a file of Keras's older format; says how to make a newer one."""
    if path.suffix.lower() in OLDER_SUFFIXES:
        raise ModelError(
            f"expected a run folder, a .keras or an .onnx file, or `{BUNDLED}`, received {path}, "
            "in Keras's older format; save it again with "
            f'`keras.saving.load_model("{path}").save("{path.with_suffix(".keras")}")`'
        )
