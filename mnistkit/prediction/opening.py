"""Opening a run, a `.keras` file or an exported model as a classifier."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from mnistkit.core.models import keras_file, onnx_file, run_folder
from mnistkit.core.models.card_file import has_card
from mnistkit.core.models.choice import choose
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.preprocessing.preparation import PREPARATIONS
from mnistkit.errors import ModelError

EXPORTERS, SUFFIX = {"onnx", "onnx-int8"}, ".onnx"
"""The built-in exporters whose files are opened without loading the registry of plugins."""


def open_served(path: Path, threads: int = 0) -> Classifier:
    """Return a model, opened without TensorFlow: an exported one, or the `.onnx` beside a `.keras`.

    Args:
        path: A run folder, a `.keras` file or an exported model.
        threads: Threads per call; 0 for one on each usable core.

    Raises:
        ModelError: The model is missing, not exported, exported from another one, or damaged.
        PluginError: The exporter that wrote it is not installed, or fails.
    """
    classifier = _open_exported(path, threads)
    _check_source(path, classifier)
    _check_preparation(classifier)
    return classifier


def open_any(path: Path) -> Classifier:
    """Return a run, a `.keras` file or an exported model, opened; a run by its export if any."""
    if path.suffix == ".keras" and not path.is_dir():
        return _open_keras(path)
    if is_run(path):
        run = run_folder.read(path)
        return open_served(path) if run.exported.is_file() else _open_keras(run.model)
    return open_served(path)


def is_run(path: Path) -> bool:
    """Return whether a path is a folder that is not an exported model."""
    return path.is_dir() and not has_card(path)


def load(model: str | os.PathLike[str] | None = None) -> Classifier:
    """Return a model as a classifier.

    Args:
        model: A run folder, a `.keras` file, an exported model, or the text `bundled`. None for
            `MNISTKIT_MODEL`, else the newest finished run below `./runs`, else `bundled`.

    Raises:
        ModelError: The model is missing or can't be used.
    """
    return open_any(choose(model).path)


def _open_exported(path: Path, threads: int) -> Classifier:
    if has_card(path) or not (path.is_dir() or path.suffix in {".keras", SUFFIX}):
        # Not at the top: it loads the registry of plugins, which is rarely needed.
        from mnistkit.prediction.artifacts import open_artifact

        return open_artifact(path)
    exported = _exported_file(path)
    if not exported.is_file():
        raise _unexported(path, exported)
    return _open_onnx(exported, threads)


def _open_onnx(path: Path, threads: int) -> Classifier:
    """Return an ONNX file, opened; through the registry if another exporter may have written it."""
    try:
        # Directly, because an exporter's `open` takes no number of threads.
        classifier = onnx_file.open_file(path, threads)
        if classifier.card.exporter in {None, *EXPORTERS}:
            return classifier
    except ModelError:
        from mnistkit.prediction.artifacts import exporters_of

        if {*exporters_of(path)} == EXPORTERS:
            raise
    from mnistkit.prediction.artifacts import open_artifact

    return open_artifact(path)


def _unexported(path: Path, exported: Path) -> ModelError:
    """Return the error for a model that was not exported."""
    if path.is_dir():
        _check_trained(run_folder.read(path))
    # First: a model that can't be exported needs another message.
    keras_file.check_input(exported.with_suffix(".keras"))
    return ModelError(
        f"expected {exported}, which is not there yet; make it with "
        f"`mnistkit export --model {shlex.quote(str(path))}`"
    )


def _check_source(path: Path, classifier: Classifier) -> None:
    """Raise `ModelError` if the export of a Keras model was made from another model."""
    source = path / run_folder.MODEL_FILE if path.is_dir() else path
    if source.suffix != ".keras" or not source.is_file():
        return
    if classifier.card.source_sha256 != keras_file.checksum(source):
        # First: a model that can't be exported needs another message.
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
    """Raise `ModelError` for a run without a model."""
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


def _exported_file(path: Path) -> Path:
    """Return the ONNX file of a run, of a `.keras` file or of itself."""
    return path / run_folder.EXPORTED_FILE if path.is_dir() else path.with_suffix(SUFFIX)
