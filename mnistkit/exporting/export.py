"""Export, proved before it gets its name."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mnistkit import plugins
from mnistkit.core import arrays, plugin_options
from mnistkit.core.arrays import Images, Probabilities
from mnistkit.core.claims import claim_folder, claim_output
from mnistkit.core.files import refuse_to_overwrite, replacing
from mnistkit.core.models import keras_classifier, keras_file, run_folder, tensorflow
from mnistkit.core.models.card import Card
from mnistkit.core.models.choice import BUNDLED, is_bundled
from mnistkit.core.recipe import Options
from mnistkit.data import loading
from mnistkit.errors import MissingError, ModelError, UsageError
from mnistkit.exporting import parity
from mnistkit.exporting.parity import ParityError
from mnistkit.fetching.store import Store
from mnistkit.plugin_types import Exporter

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class ExportRequest:
    """What to export and how.

    Args:
        model: A run folder or a `.keras` file.
        exporter: An exporter's name.
        output: The file; by default beside the model, and of the bundled one in the
            working directory.
        force: Whether a file of that name may be replaced.
        options: The exporter's own, by name; what is not there has its default.
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
    """A proved export: the file, its size, what the exporter reports, and the proof."""

    path: Path
    bytes: int
    facts: dict[str, Any]
    parity: parity.Parity


def export(request: ExportRequest, store: Store) -> Exported:
    """Write the model in another format, open that in its own runtime, compare, rename.

    Raises:
        UsageError: The model is exported already, an option is none of the exporter's, the
            output exists, or another process is writing it.
        ParityError: Not equal; nothing is left under the final name.
    """
    if request.model.suffix == ".onnx" and not request.model.is_dir():
        raise UsageError(
            f"expected a run folder, a .keras file or `{BUNDLED}`, received {request.model}, which "
            "is exported already; name the model it was exported from"
        )
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
    if path.suffix != exporter.suffix:
        raise UsageError(
            f"expected a file that ends with {exporter.suffix}, received {path}; choose another "
            "--output"
        )
    request = replace(request, force=request.force or in_its_run)
    with _claim(path, force=request.force):
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


@contextmanager
def _claim(path: Path, *, force: bool) -> Iterator[None]:
    """Keep a file for this process; of a run all is kept, as a training writes into it, too."""
    if (path.parent / run_folder.RECORD_FILE).is_file():
        with claim_folder(path.parent):
            refuse_to_overwrite(path, force=force)
            yield
    else:
        with claim_output(path, force=force):
            yield


def write_proved(
    model: Any, card: Card, path: Path, images: Images, request: ExportRequest
) -> Exported:
    """Write, prove on the first of these images, and rename; see `export`."""
    request, exporter = _settled(request)
    images = images[: parity.PROOF_IMAGES]
    expected = parity.answers(keras_classifier.classifier(model, card), images)
    _check_probabilities(path, expected[0])
    tensorflow.give_back_memory()
    with replacing(path, overwrite=request.force) as temporary:
        # What can't be written is not the fault of who writes it.
        with plugins.blamed("exporter", request.exporter, passing=OSError):
            facts = dict(exporter.write(model, card, temporary, request.options))
        tensorflow.give_back_memory()
        with plugins.blamed("exporter", request.exporter):
            received = parity.answers(exporter.open(temporary), images)
            proof = parity.compare(expected, received, request.tolerance)
        if not proof.passed:
            raise ParityError(path, proof)
    return Exported(path, path.stat().st_size, facts, proof)


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
    """Test images of the model's own dataset; where they can't be had, bundled ones do."""
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
