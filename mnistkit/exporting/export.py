"""Exporting a model, with a proof before the export gets its name."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
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
from mnistkit.errors import MissingError, ModelError, PluginError, UsageError
from mnistkit.exporting import parity
from mnistkit.exporting.parity import ParityError
from mnistkit.fetching.store import Store
from mnistkit.plugin_types import Exporter
from mnistkit.prediction import artifacts

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ExportRequest:
    """What to export and how.

    Args:
        model: A run folder or a `.keras` file.
        exporter: An exporter's name.
        output: The file or folder; by default beside the model, for the bundled model in
            the working directory.
        force: Whether a file of that name may be replaced; a folder never is.
        options: The exporter's own options by name; the others have their defaults.
        tolerance: The largest difference of two probabilities that counts as equal.
    """

    model: Path
    exporter: str = "onnx"
    output: Path | None = None
    force: bool = False
    options: Options = field(default_factory=dict)
    tolerance: float = parity.DEFAULT_TOLERANCE


@dataclass(frozen=True)
class Exported:
    """A proved export: its path and size, what the exporter reports, and the proof."""

    path: Path
    bytes: int
    facts: dict[str, Any]
    parity: parity.Parity


def export(request: ExportRequest, store: Store) -> Exported:
    """Write a model in another format, and give it its name if its own runtime proves it equal.

    Raises:
        UsageError: The model is exported already, the exporter has no such option, the
            output exists, or another process is writing it.
        ModelError: The model can't be opened.
        PluginError: The exporter breaks its contract.
        ParityError: Not equal; nothing is left under the final name.
    """
    _refuse_exported(request.model)
    request, exporter = _settled(request)
    source = request.model / run_folder.MODEL_FILE if request.model.is_dir() else request.model
    with plugins.blamed("exporter", request.exporter):
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
    request = replace(request, force=request.force or in_its_run)
    with _claim(path, exporter, force=request.force):
        # Before it is opened: a file that is replaced meanwhile is then not taken for this one.
        checksum = keras_file.checksum(source)
        model = keras_file.open_model(source)
        card = replace(keras_classifier.find_card(source, model), source_sha256=checksum)
        images = _proof_images(card, store, trusted=request.model.is_dir())
        return write_proved(model, card, path, images, request)


def _settled(request: ExportRequest) -> tuple[ExportRequest, Exporter]:
    """Return the request with a value for each of the exporter's options, and the exporter."""
    exporter = plugins.load("exporter", request.exporter, Exporter)
    owner = f"the exporter {request.exporter}"
    chosen = plugin_options.settled(owner, exporter.options, request.options)
    return replace(request, options=chosen), exporter


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


@contextmanager
def _claim(path: Path, exporter: Exporter, *, force: bool) -> Iterator[None]:
    """Keep other processes from writing at a path; in a run, from writing into the run at all."""
    in_run = (path.parent / run_folder.RECORD_FILE).is_file()
    with claim_folder(path.parent) if in_run else claim_output(path, force=True):
        if exporter.suffix:
            refuse_to_overwrite(path, force=force)
        else:
            refuse_existing(path)
        yield


def write_proved(
    model: Any, card: Card, path: Path, images: Images, request: ExportRequest
) -> Exported:
    """Write, prove on the first of these images, and rename; see `export`."""
    request, exporter = _settled(request)
    card = replace(card, exporter=request.exporter)
    images = images[: parity.PROOF_IMAGES]
    expected = parity.answers(keras_classifier.classifier(model, card), images)
    _check_probabilities(path, expected[0])
    tensorflow.give_back_memory()
    with _written_beside(path, exporter, overwrite=request.force) as temporary:
        # A full disk is not the exporter's fault.
        with plugins.blamed("exporter", request.exporter, passing=OSError):
            facts = dict(exporter.write(model, card, temporary, request.options))
        if not exporter.suffix:
            card_file.write_card(temporary, card)
        tensorflow.give_back_memory()
        exported = artifacts.open_with(request.exporter, temporary)
        _check_card(exported.card, card, request.exporter)
        proof = parity.compare(expected, parity.answers(exported, images), request.tolerance)
        if not proof.passed:
            raise ParityError(path, proof)
    return Exported(path, size(path), facts, proof)


def _written_beside(
    path: Path, exporter: Exporter, *, overwrite: bool
) -> AbstractContextManager[Path]:
    """Give the exporter a file or a folder of a temporary name; see `core.files`."""
    return replacing(path, overwrite=overwrite) if exporter.suffix else new_folder(path)


def _check_card(received: Card, expected: Card, exporter: str) -> None:
    """Raise `PluginError` where an exported model is opened with another card."""
    if received != expected:
        raise PluginError(
            f"exporter {exporter!r} of {plugins.owner_of('exporter', exporter)}: expected the card "
            "it was given inside what it writes, received another; its plugin has to be repaired"
        )


def export_run(run: run_folder.Run, model: Any, images: Images) -> None:
    """Export a run's model, which is saved in it, proved on the first of these images.

    Raises:
        ParityError: Not equal; the run has no exported file.
    """
    card = replace(run.card(), source_sha256=keras_file.checksum(run.model))
    request = ExportRequest(run.path, force=True)
    exported = write_proved(model, card, run.exported, images, request)
    logger.info(
        "exported and proved: largest difference %.3g on %d images",
        exported.parity.max_abs_diff,
        exported.parity.images,
    )


def _check_probabilities(path: Path, rows: Probabilities) -> None:
    """Raise `ModelError` for a model that ends without a softmax or the like."""
    flaw = arrays.probabilities_flaw(rows)
    if flaw:
        raise ModelError(f"{path} was not written: {flaw}")


def _proof_images(card: Card, store: Store, *, trusted: bool) -> Images:
    """Return test images of the model's own dataset; of the bundled sample where it is missing."""
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
