"""Exporting a model, proved equal before it is renamed to its output."""

from __future__ import annotations

import logging
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mnistkit import plugins
from mnistkit.core import arrays, plugin_options
from mnistkit.core.arrays import Images, Probabilities
from mnistkit.core.claims import claim_folder, claim_output
from mnistkit.core.files import new_folder, refuse_existing, refuse_to_overwrite, replacing, size
from mnistkit.core.models import card_file, keras_classifier, keras_file, run_folder, tensorflow
from mnistkit.core.models.card import Card
from mnistkit.core.models.choice import BUNDLED, is_bundled
from mnistkit.core.recipe import Options
from mnistkit.data import loading
from mnistkit.errors import MissingError, MnistkitError, ModelError, PluginError, UsageError
from mnistkit.exporting import parity
from mnistkit.exporting.parity import ParityError
from mnistkit.fetching.store import Store
from mnistkit.plugin_types import Exporter
from mnistkit.prediction import artifacts

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ExportFormat:
    """The format of an export, and how equal it must be.

    Args:
        exporter: The exporter's name.
        options: Values of the exporter's own options, by name; the others have their defaults.
        tolerance: Largest difference of two probabilities that counts as equal.
    """

    exporter: str = "onnx"
    options: Options = field(default_factory=dict)
    tolerance: float = parity.DEFAULT_TOLERANCE


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
    """

    model: Path
    format: ExportFormat = ExportFormat()
    output: Path | None = None
    force: bool = False


@dataclass(frozen=True)
class Target:
    """Where an export is written, in which format, and whether it may replace a file."""

    path: Path
    format: ExportFormat = ExportFormat()
    force: bool = False


@dataclass(frozen=True)
class Exported:
    """A proved export: its path, its size in bytes, the exporter's report and the proof."""

    path: Path
    bytes: int
    facts: dict[str, Any]
    parity: parity.Parity


def export(request: ExportRequest, store: Store) -> Exported:
    """Return the export of a model, written if it predicts the same in its own runtime.

    Raises:
        UsageError: The model is exported already, the exporter has no such option, the
            output exists, or another process is writing it.
        ModelError: The model can't be opened.
        PluginError: The exporter breaks its contract.
        ParityError: The predictions differ; nothing is written to the output.
    """
    _refuse_exported(request.model)
    exporter, _ = _settled(request.format)
    source = request.model / run_folder.MODEL_FILE if request.model.is_dir() else request.model
    with plugins.blamed("exporter", request.format.exporter):
        beside = source.with_suffix(exporter.suffix)
    default = Path(f"{BUNDLED}{exporter.suffix}") if is_bundled(source) else beside
    path = request.output or default
    if is_bundled(path):
        raise UsageError(
            f"expected a file outside the package, received {path}; choose another --output"
        )
    in_its_run = request.model.is_dir() and path.resolve() == beside.resolve()
    if exporter.suffix and path.suffix != exporter.suffix:
        raise UsageError(
            f"expected a file that ends with {exporter.suffix}, received {path}; choose another "
            "--output"
        )
    with _claim(path):
        force = request.force or (in_its_run and _is_exported_so(path, request.format))
        _refuse_existing(path, exporter, force=force)
        # Before opening, so that a file replaced meanwhile has another checksum.
        checksum = keras_file.checksum(source)
        model = keras_file.open_model(source)
        card = replace(keras_classifier.find_card(source, model), source_sha256=checksum)
        images = _proof_images(card, store, trusted=request.model.is_dir())
        return write_proved(model, card, images, Target(path, request.format, force))


def _settled(wanted: ExportFormat) -> tuple[Exporter, Options]:
    """Return the exporter of a format, and a value for each of its options."""
    exporter = plugins.load("exporter", wanted.exporter, Exporter)
    owner = f"the exporter {wanted.exporter}"
    return exporter, plugin_options.settled(owner, exporter.options, wanted.options)


def _refuse_exported(path: Path) -> None:
    """Raise `UsageError` for an exported model, `ModelError` for another file that is not Keras."""
    if artifacts.is_exported(path):
        raise UsageError(
            f"expected a run folder, a .keras file or `{BUNDLED}`, received {path}, which is "
            "exported already; name the model it was exported from"
        )
    if path.is_file() and path.suffix != ".keras":
        raise ModelError(
            f"expected a run folder, a .keras file or `{BUNDLED}`, received {path}; save the model "
            "as a .keras file"
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
    return (card.exporter, card.exporter_options) == (wanted.exporter, _settled(wanted)[1])


def _refuse_existing(path: Path, exporter: Exporter, *, force: bool) -> None:
    if exporter.suffix:
        refuse_to_overwrite(path, force=force)
    else:
        refuse_existing(path)


def write_proved(model: Any, card: Card, images: Images, target: Target) -> Exported:
    """Return the export of a Keras model, proved on the first of these images; see `export`."""
    exporter, options = _settled(target.format)
    name, path = target.format.exporter, target.path
    card = replace(card, exporter=name, exporter_options=options)
    images = images[: parity.PROOF_IMAGES]
    expected = parity.answers(keras_classifier.classifier(model, card), images)
    _check_probabilities(path, expected[0])
    tensorflow.give_back_memory()
    with _written_beside(path, exporter, overwrite=target.force) as temporary:
        # A full disk is not the exporter's fault.
        with plugins.blamed("exporter", name, passing=OSError):
            facts = dict(exporter.write(model, card, temporary, options))
        if not exporter.suffix:
            card_file.write_card(temporary, card)
        tensorflow.give_back_memory()
        exported = artifacts.open_with(name, temporary)
        _check_card(exported.card, card, name)
        proof = parity.compare(expected, parity.answers(exported, images), target.format.tolerance)
        if not proof.passed:
            raise ParityError(path, proof)
    return Exported(path, size(path), facts, proof)


def _written_beside(
    path: Path, exporter: Exporter, *, overwrite: bool
) -> AbstractContextManager[Path]:
    """Return a context of a temporary file or folder for the exporter; see `core.files`."""
    return replacing(path, overwrite=overwrite) if exporter.suffix else new_folder(path)


def _check_card(received: Card, expected: Card, exporter: str) -> None:
    """Raise `PluginError` if an exported model has another card than it was given."""
    if received != expected:
        raise PluginError(
            f"exporter {exporter!r} of {plugins.owner_of('exporter', exporter)}: expected the card "
            "it was given inside what it writes, received another; its plugin has to be repaired"
        )


def export_run(run: run_folder.Run, model: Any, images: Images) -> None:
    """Write the export of a run's saved model into the run, proved on the first of these images.

    Raises:
        ParityError: The predictions differ; the run has no exported file.
    """
    card = replace(run.card(), source_sha256=keras_file.checksum(run.model))
    exported = write_proved(model, card, images, Target(run.exported, force=True))
    logger.info(
        "exported and proved: largest difference %.3g on %d images",
        exported.parity.max_abs_diff,
        exported.parity.images,
    )


def _check_probabilities(path: Path, rows: Probabilities) -> None:
    """Raise `ModelError` for a model whose outputs are not probabilities."""
    flaw = arrays.probabilities_flaw(rows)
    if flaw:
        raise ModelError(f"{path} was not written: {flaw}")


def _proof_images(card: Card, store: Store, *, trusted: bool) -> Images:
    """Return test images of the model's dataset, or of the bundled sample if it is missing."""
    if not trusted and not loading.may_choose(card):
        logger.warning("files that only a model names are not opened: %s", card.dataset)
        logger.warning("proving on the test images of %s instead", loading.FALLBACK)
        return loading.load_split(loading.FALLBACK, "test", store).images
    try:
        return loading.load_split(card.dataset, "test", store).images
    except MissingError as error:
        logger.warning("%s", error)
        logger.warning("proving on the test images of %s instead", loading.FALLBACK)
        return loading.load_split(loading.FALLBACK, "test", store).images
