"""Which model a command means, and opening it."""

from __future__ import annotations

import logging
import os
import shlex
from dataclasses import dataclass
from pathlib import Path

from mnistkit import plugins
from mnistkit.core.models import keras_file, run_folder
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.preprocessing.preparation import PREPARATIONS
from mnistkit.errors import ModelError
from mnistkit.exporters import onnx

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


def open_served(path: Path, threads: int = 0) -> Classifier:
    """Open a model without TensorFlow: an `.onnx` file, or the one beside a `.keras`.

    Args:
        path: A run folder, a `.keras` or an `.onnx` file.
        threads: How many one call may use; 0 for one on each core it may use.

    Raises:
        ModelError: There is none, or it can't be used; says how to export it.
    """
    exported = _exported_file(path)
    if not exported.is_file():
        raise _unexported(path, exported)
    # By its module, as a plugin's `open` takes no threads.
    classifier = onnx.open_file(exported, threads)
    _check_source(path, classifier)
    _check_preparation(classifier)
    return classifier


def open_any(path: Path) -> Classifier:
    """Open what was named; a run through its exported file, where it has one."""
    if path.is_dir():
        run = run_folder.read(path)
        return open_served(path) if run.exported.is_file() else _open_keras(run.model)
    if path.suffix == ".keras":
        return _open_keras(path)
    return open_served(path)


def load(model: str | os.PathLike[str] | None = None) -> Classifier:
    """Open a model as a classifier.

    Args:
        model: A run folder, a `.keras` or an `.onnx` file, or the text `bundled`. Without one:
            `MNISTKIT_MODEL`, else the newest finished run below `./runs`, else `bundled`.

    Raises:
        ModelError: There is none of that name, or it can't be used.
    """
    return open_any(choose(model).path)


def _unexported(path: Path, exported: Path) -> ModelError:
    """Return the error for a model that was not exported, with what to do about it."""
    if path.is_dir():
        _check_trained(run_folder.read(path))
    # What can't be exported is told so at once.
    keras_file.check_input(exported.with_suffix(".keras"))
    return ModelError(
        f"expected {exported}, which is not there yet; make it with "
        f"`mnistkit export --model {shlex.quote(str(path))}`"
    )


def _check_source(path: Path, classifier: Classifier) -> None:
    """Raise `ModelError` where a Keras model was named and its exported file is of another."""
    source = path / run_folder.MODEL_FILE if path.is_dir() else path
    if source.suffix != ".keras" or not source.is_file():
        return
    if classifier.card.source_sha256 != keras_file.checksum(source):
        # What can't be exported is told so at once.
        keras_file.check_input(source)
        force = "" if path.is_dir() else " --force"
        raise ModelError(
            f"expected {classifier.path} to be exported from {source}, received the export of "
            "another model or an earlier one; export this one with "
            f"`mnistkit export --model {shlex.quote(str(path))}{force}`"
        )


def _check_preparation(classifier: Classifier) -> None:
    preparation = classifier.card.preparation
    if preparation not in PREPARATIONS:
        raise ModelError(
            f"{classifier.path}: pictures for it are prepared by {preparation!r}, which this "
            "mnistkit does not know; install a newer one"
        )


def _check_trained(run: run_folder.Run) -> None:
    """Raise `ModelError` for a run without a model; says how to go on with it."""
    if not run.model.is_file():
        raise ModelError(
            f"expected {run.model}, which is not there yet; go on with "
            f"`mnistkit train --resume {shlex.quote(str(run.path))}`"
        )


def _open_keras(path: Path) -> Classifier:
    from mnistkit.core.models import keras_classifier

    classifier = keras_classifier.open_classifier(path)
    _check_preparation(classifier)
    return classifier


def _named(name: str | os.PathLike[str]) -> Path:
    """Return the path of the model of this name, which is there.

    Raises:
        ModelError: Nothing is there, or what is no model by its name.
    """
    if name == BUNDLED:
        return BUNDLED_RUN
    path = Path(name)
    if not path.exists():
        how = f" --architecture {name}" if name in plugins.names("architecture") else ""
        raise ModelError(
            f"no model at {path}; name a run folder, a .keras or an .onnx file, or "
            f"`{BUNDLED}`, or train one with `mnistkit train{how}`"
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
            "in Keras's older format; save it anew with "
            f'`keras.saving.load_model("{path}").save("{path.with_suffix(".keras")}")`'
        )


def _exported_file(path: Path) -> Path:
    return path / run_folder.EXPORTED_FILE if path.is_dir() else path.with_suffix(".onnx")
