"""Writing an export, which gets its name once it is proved."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from mnistkit import plugins
from mnistkit.core import arrays, plugin_options
from mnistkit.core.arrays import Images, Probabilities
from mnistkit.core.files import new_folder, replacing, size
from mnistkit.core.models import card_file, keras_classifier, tensorflow
from mnistkit.core.models.card import Card
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.progress import SILENT, Progress, counted
from mnistkit.core.recipe import Options
from mnistkit.errors import ModelError, PluginError, UsageError
from mnistkit.exporting import accuracy, parity
from mnistkit.exporting.accuracy import QuantisationImages
from mnistkit.exporting.parity import Parity, ParityError
from mnistkit.plugin_types import Exporter
from mnistkit.prediction import artifacts


@dataclass(frozen=True)
class ExportFormat:
    """The format of an export, and how equal it must be.

    Args:
        exporter: The exporter's name.
        options: Values of the exporter's own options, by name; the others have their defaults.
        tolerance: Largest difference of two probabilities that counts as equal; None for the
            exporter's own limit.
    """

    exporter: str = "onnx"
    options: Options = field(default_factory=dict)
    tolerance: float | None = None

    def settled(self) -> tuple[Exporter, Options]:
        """Return the exporter, and a value for each of its options."""
        exporter = plugins.load("exporter", self.exporter, Exporter)
        owner = f"the exporter {self.exporter}"
        return exporter, plugin_options.settled(owner, exporter.options, self.options)

    def quantises(self) -> bool:
        """Return whether the export has a lower precision, and is proved by its accuracy.

        Raises:
            UsageError: It is, and a tolerance is given.
        """
        exporter, options = self.settled()
        with plugins.blamed("exporter", self.exporter):
            quantised = bool(exporter.quantises(options))
        if quantised and self.tolerance is not None:
            raise UsageError(
                f"expected no --tolerance for {self.exporter} with numbers of lower precision, "
                f"which may lose {accuracy.MOST_LOST:.1%} of accuracy, received "
                f"{self.tolerance:g}; leave it out"
            )
        return quantised


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
    parity: Parity


@dataclass(frozen=True)
class Original:
    """A Keras model to export.

    Args:
        model: The Keras model.
        card: The card that goes into its export.
        quantisation: What calibrates and proves an export that `quantises`.
    """

    model: Any
    card: Card
    quantisation: QuantisationImages | None = None

    @cached_property
    def classifier(self) -> Classifier:
        """The model as a classifier."""
        return keras_classifier.classifier(self.model, self.card)


def write_proved(
    original: Original,
    images: Images,
    target: Target,
    progress: Progress = SILENT,
) -> Exported:
    """Return the export of a Keras model, proved before it is renamed to its output.

    Args:
        original: The Keras model.
        images: Test images; the proof takes the first of these.
        target: Where and how it is written.
        progress: Is told of the stages, and of each image that is predicted.

    Raises:
        ParityError: The predictions differ; nothing is written to the output.
    """
    exporter, options = target.format.settled()
    name, quantisation = target.format.exporter, original.quantisation
    card = replace(original.card, exporter=name, exporter_options=options)
    original = replace(original, card=card)
    images = images[: parity.PROOF_IMAGES]
    count = len(images) * len(exporter.batch_sizes)
    progress.stage("predicting with the model", count, "images")
    classifier = counted(original.classifier, progress)
    expected = parity.answers(classifier, images, exporter.batch_sizes)
    _check_probabilities(target.path, expected[exporter.batch_sizes[0]])
    tensorflow.give_back_memory()
    with _written_beside(target, exporter) as temporary:
        progress.stage(f"converting to {name}")
        facts = _write(exporter, original, temporary)
        exported = counted(_opened(name, temporary, target.path), progress)
        _check_card(exported.card, card)
        progress.stage("predicting with the export", count, "images")
        received = parity.answers(exported, images, exporter.batch_sizes)
        proof = parity.compare(expected, received, target.format.tolerance or exporter.tolerance)
        if quantisation is not None:
            progress.stage("measuring the accuracy", 2 * len(quantisation.test.images), "images")
            test = accuracy.compare(classifier, exported, quantisation.test, exporter.batch_sizes)
            proof = replace(proof, tolerance=None, accuracy=test)
        if not proof.passed:
            raise ParityError(target.path, proof)
    return Exported(target.path, size(target.path), facts, proof)


def _written_beside(target: Target, exporter: Exporter) -> AbstractContextManager[Path]:
    """Return a context of a temporary file or folder for the exporter; see `core.files`."""
    if exporter.suffix:
        return replacing(target.path, overwrite=target.force)
    return new_folder(target.path)


def _write(exporter: Exporter, original: Original, path: Path) -> dict[str, Any]:
    """Write an export with its card, and return the exporter's report."""
    card, quantisation = original.card, original.quantisation
    calibration = () if quantisation is None else (quantisation.training,)
    # A full disk is not the exporter's fault.
    with plugins.blamed("exporter", str(card.exporter), passing=OSError):
        written = exporter.write(original.model, card, path, card.exporter_options, *calibration)
        facts = dict(written)
    if not exporter.suffix:
        card_file.write_card(path, card)
    tensorflow.give_back_memory()
    return facts


def _opened(exporter: str, path: Path, output: Path) -> Classifier:
    """Return an export that is not at its `output` yet, opened to be proved."""
    try:
        return artifacts.open_proving(exporter, path)
    except ModelError as error:
        raise ModelError(str(error).replace(str(path), str(output))) from error


def _check_card(received: Card, expected: Card) -> None:
    """Raise `PluginError` if an exported model has another card than it was given."""
    if received != expected:
        exporter = str(expected.exporter)
        raise PluginError(
            f"exporter {exporter!r} of {plugins.owner_of('exporter', exporter)}: expected the card "
            "it was given inside what it writes, received another; its plugin has to be repaired"
        )


def _check_probabilities(path: Path, rows: Probabilities) -> None:
    """Raise `ModelError` for a model whose outputs are not probabilities."""
    flaw = arrays.probabilities_flaw(rows)
    if flaw:
        raise ModelError(f"{path} was not written: {flaw}")
