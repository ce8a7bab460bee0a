"""Exporting a model, proved equal before it is renamed to its output."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mnistkit.core.arrays import Images
from mnistkit.core.claims import claim_folder, claim_output
from mnistkit.core.files import refuse_existing, refuse_to_overwrite
from mnistkit.core.models import keras_classifier, keras_file, run_folder
from mnistkit.core.models.card import Card
from mnistkit.core.models.choice import BUNDLED, is_bundled
from mnistkit.core.progress import SILENT, Progress
from mnistkit.data import loading
from mnistkit.data.loading import LabelledImages
from mnistkit.errors import MnistkitError, ModelError, UsageError, VerificationError
from mnistkit.exporting import images
from mnistkit.exporting.parity import ParityError
from mnistkit.exporting.writing import Exported, ExportFormat, Original, Target, write_proved
from mnistkit.fetching.store import Store
from mnistkit.plugin_types import Exporter
from mnistkit.prediction import artifacts

logger = logging.getLogger(__name__)

DEFAULT_EXPORTER, SHARED_SUFFIX = ExportFormat().exporter, ".onnx"


@dataclass(frozen=True)
class ExportRequest:
    """The export that a user requests.

    Args:
        model: A run folder or a `.keras` file.
        format: The format.
        output: The file or folder to write; None for one beside the model, or in the working
            directory for the bundled model.
        force: Whether any existing file may be replaced; without it, only an export in its own run
            with the same exporter and options is. A folder never is.
        dataset: What it is proved on; None for the dataset that the model was trained on.
    """

    model: Path
    format: ExportFormat = field(default_factory=ExportFormat)
    output: Path | None = None
    force: bool = False
    dataset: str | None = None


def export(request: ExportRequest, store: Store, progress: Progress = SILENT) -> Exported:
    """Return the export of a model, written if it predicts the same in its own runtime.

    Args:
        request: What is exported, and how.
        store: Where the test images are found.
        progress: Is told of the stages, and of each image of the proof.

    Raises:
        UsageError: The model is exported already, the exporter has no such option, the
            output exists, or another process is writing it.
        ModelError: The model can't be opened.
        PluginError: The exporter breaks its contract.
        ParityError: The predictions differ; nothing is written to the output.
    """
    _refuse_exported(request.model)
    exporter, _ = request.format.settled()
    quantises = request.format.quantises()
    source = request.model / run_folder.MODEL_FILE if request.model.is_dir() else request.model
    beside = _beside(source, request.format.exporter, exporter.suffix)
    path = request.output or (Path(beside.name) if is_bundled(source) else beside)
    _check_output(path, exporter)
    in_its_run = request.model.is_dir() and path.resolve() == beside.resolve()
    with _claim(path):
        force = request.force or (in_its_run and _is_exported_so(path, request.format))
        _refuse_existing(path, exporter, force=force)
        # Before opening, so that a file replaced meanwhile has another checksum.
        checksum = keras_file.checksum(source)
        progress.stage("opening the model")
        model = keras_file.open_model(source)
        card = replace(keras_classifier.find_card(source, model), source_sha256=checksum)
        progress.stage("loading the test images")
        test = _test_images(request, card, store)
        quantisation = images.quantisation_images(card, test, store) if quantises else None
        target = Target(path, request.format, force)
        original = Original(model, card, quantisation)
        return write_proved(original, test.images, target, progress)


def _beside(source: Path, exporter: str, suffix: str) -> Path:
    """Return the usual place of an export, beside its model.

    Only the default exporter's is called as the model is, where several could be.
    """
    stem = BUNDLED if is_bundled(source) else source.stem
    shared = exporter != DEFAULT_EXPORTER and suffix in {"", SHARED_SUFFIX}
    return source.with_name(f"{stem}-{exporter}{suffix}" if shared else f"{stem}{suffix}")


def _check_output(path: Path, exporter: Exporter) -> None:
    """Raise `UsageError` for an output within the package, or of another suffix."""
    if is_bundled(path):
        raise UsageError(
            f"expected a file outside the package, received {path}; choose another --output"
        )
    if exporter.suffix and path.suffix != exporter.suffix:
        raise UsageError(
            f"expected a file that ends with {exporter.suffix}, received {path}; choose another "
            "--output"
        )


def _test_images(request: ExportRequest, card: Card, store: Store) -> LabelledImages:
    if request.dataset is not None:
        return loading.load_split(request.dataset, "test", store)
    return loading.load_own_test(card, store, trusted=request.model.is_dir())


def _refuse_exported(path: Path) -> None:
    """Raise `UsageError` for an exported model, `ModelError` for another file that is not Keras."""
    if artifacts.is_exported(path):
        raise UsageError(
            f"expected a run folder, a .keras file or `{BUNDLED}`, received {path}, which is "
            "exported already; name the model it was exported from, or import that of another "
            "program with `mnistkit import`"
        )
    if path.is_file() and path.suffix != ".keras":
        raise ModelError(
            f"expected a run folder, a .keras file or `{BUNDLED}`, received {path}; make a run of "
            "a Keras model with `mnistkit import`"
        )


def _claim(path: Path) -> AbstractContextManager[None]:
    """Keep other processes from writing to a path; in a run, from writing to the whole run."""
    in_run = (path.parent / run_folder.RECORD_FILE).is_file()
    return claim_folder(path.parent) if in_run else claim_output(path, force=True)


def _is_exported_so(path: Path, wanted: ExportFormat) -> bool:
    """Return whether a file was exported with the wanted exporter and options."""
    try:
        card = artifacts.open_with(wanted.exporter, path).card
    except MnistkitError:
        # It may be a file of the user's own.
        return False
    return (card.exporter, card.exporter_options) == (wanted.exporter, wanted.settled()[1])


def _refuse_existing(path: Path, exporter: Exporter, *, force: bool) -> None:
    if exporter.suffix:
        refuse_to_overwrite(path, force=force)
    else:
        refuse_existing(path)


def export_run(run: run_folder.Run, model: Any, test_images: Images) -> None:
    """Write the export of a run's saved model into the run, proved on the first of these.

    Raises:
        ParityError: The predictions differ; the run has no exported file.
    """
    card = replace(run.card(), source_sha256=keras_file.checksum(run.model))
    target = Target(run.exported, force=True)
    exported = write_proved(Original(model, card), test_images, target)
    logger.info(
        "exported and proved: largest difference %.3g on %d images",
        exported.parity.max_abs_diff,
        exported.parity.images,
    )


def export_new_run(
    run: run_folder.Run, model: Any, test_images: Images, path: Path
) -> VerificationError | ModelError | None:
    """Write the export of a run that is not at its `path` yet, as `export_run` does.

    Returns:
        The error of an export that is refused: the run lacks one, and is whole. None without.
    """
    try:
        export_run(run, model, test_images)
    except ParityError as error:
        return ParityError(path / run_folder.EXPORTED_FILE, error.proof)
    except (VerificationError, ModelError) as error:
        return type(error)(str(error).replace(str(run.path), str(path)))
    return None
