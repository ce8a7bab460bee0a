"""Opening Keras files that were made elsewhere: `.keras`, and HDF5 of Keras 2 and 3."""

from __future__ import annotations

import json
import shlex
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

from mnistkit.core.models import run_folder
from mnistkit.core.models.keras_file import (
    MOST_CONFIGURATION,
    UNREADABLE,
    check_arrays,
    missing,
    read_configuration,
    refuse_code,
)
from mnistkit.core.models.tensorflow import import_keras
from mnistkit.errors import ModelError, UsageError, first_line, reason_of

WANTED = "a .keras or .h5 file with a whole Keras model"
HDF5 = b"\x89HDF\r\n\x1a\n"
SUFFIXES = (".keras", ".h5", ".hdf5")
SAVED_MODEL = "saved_model.pb"
TRAINING_ONLY = "compile_config"
METADATA = "metadata.json"


def open_foreign(path: Path) -> Any:
    """Open a Keras file without running code of its author.

    Returns:
        The Keras model, uncompiled, with whatever inputs and outputs it has.

    Raises:
        UsageError: A run.
        ModelError: Missing, damaged, only a part of a model, of another kind, or able to run
            code.
    """
    check_kind(path)
    suffix, read = (".h5", _hdf5_configuration) if _is_hdf5(path) else (".keras", _configuration)
    refuse_code(path, read(path))
    keras = import_keras()
    try:
        # Keras chooses the format by the suffix, and warns of what its older versions wrote.
        with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings(action="ignore"):
            link = Path(folder, f"model{suffix}")
            link.symlink_to(path.resolve())
            return keras.saving.load_model(link, compile=False, safe_mode=True)
    # Keras raises many types on a damaged file.
    except Exception as error:
        raise ModelError(
            f"{path}: expected {WANTED}, received one that Keras {keras.__version__} can't open "
            f"({first_line(error)}); {_advice(path, suffix)}"
        ) from error


def check_kind(path: Path) -> None:
    """Raise an error for a run, a SavedModel, and what else is no file of Keras."""
    if not path.exists():
        raise missing(path)
    folder = path if path.is_dir() else path.parent
    is_run = (folder / run_folder.RECORD_FILE).is_file()
    if is_run and path in {folder, folder / run_folder.MODEL_FILE}:
        raise UsageError(
            f"expected {WANTED} that was made elsewhere, received {path}, a run, which every "
            f"command takes: `mnistkit evaluate {shlex.quote(str(folder))}`"
        )
    if (folder / SAVED_MODEL).is_file() and path in {folder, folder / SAVED_MODEL}:
        raise ModelError(
            f"expected {WANTED}, received {path}, a SavedModel, which has no Keras layers to open; "
            'save the model as .keras or .h5 where it was made: `model.save("model.h5")`'
        )
    if path.is_dir() or not (path.suffix.lower() in SUFFIXES or _is_hdf5(path)):
        kind = "a folder" if path.is_dir() else "another file"
        raise ModelError(
            f"expected {WANTED}, received {path}, {kind}; name the Keras model it was made from"
        )


def _is_hdf5(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return file.read(len(HDF5)) == HDF5
    except OSError as error:
        raise ModelError(f"{path}: {reason_of(error)}") from error


def _configuration(path: Path) -> Any:
    """Return the configuration in a `.keras` file, without that of its training."""
    configuration = read_configuration(path)
    if isinstance(configuration, dict):
        # A loss or a metric of the author's own is not opened.
        configuration.pop(TRAINING_ONLY, None)
    return configuration


def _hdf5_configuration(path: Path) -> Any:
    """Return the configuration in an HDF5 file, after a check of the size of all in it."""
    import h5py

    try:
        with h5py.File(path) as file:
            check_arrays(file, path.stat().st_size, path.name)
            text = file.attrs.get("model_config")
        if text is not None and len(text) > MOST_CONFIGURATION:
            raise ValueError(f"its configuration has more than {MOST_CONFIGURATION:,} bytes")
    except UNREADABLE as error:
        raise _damaged(path, error) from error
    if text is None:
        raise ModelError(
            f"{path}: expected {WANTED}, received one without its layers, as of weights alone; "
            'save the whole model where it was made: `model.save("model.keras")`'
        )
    return _parsed(path, text)


def _parsed(path: Path, text: Any) -> Any:
    try:
        return json.loads(text)
    except UNREADABLE as error:
        raise _damaged(path, error) from error


def _damaged(path: Path, error: Exception) -> ModelError:
    return ModelError(
        f"{path}: expected {WANTED}, received a damaged one ({first_line(error)}); save or copy it "
        "again"
    )


def _advice(path: Path, suffix: str) -> str:
    """Return what to do with a file that Keras does not open."""
    if suffix == ".keras" and _made_by(path).startswith("2."):
        return 'it was saved by Keras 2; save it there as `model.save("model.h5")`'
    return "build the model of Keras's own layers, and save it again"


def _made_by(path: Path) -> str:
    """Return the version of Keras that wrote a `.keras` file, as far as the file tells."""
    try:
        with zipfile.ZipFile(path) as archive:
            return str(json.loads(archive.read(METADATA))["keras_version"])
    except UNREADABLE:
        return ""
