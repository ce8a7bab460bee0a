"""A pretrained model, whose weights a new training begins with."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from mnistkit.core.files import sha256
from mnistkit.core.models import keras_classifier, keras_file, run_folder
from mnistkit.core.models.card_file import has_card
from mnistkit.core.models.choice import BUNDLED, choose, is_bundled
from mnistkit.core.models.record import ImportRecord, TrainingRecord
from mnistkit.core.models.run_folder import Run
from mnistkit.core.models.training_settings import Settings
from mnistkit.data import overlap
from mnistkit.data.loading import LabelledImages
from mnistkit.errors import ModelError, VerificationError
from mnistkit.plugin_types import Architecture
from mnistkit.training.settings import CHOSEN, training_record

logger = logging.getLogger(__name__)

# Fewer and smaller steps than for new weights, so that what was learned is kept.
SHARE_OF_EPOCHS = 0.2
SHARE_OF_LEARNING_RATE = 0.1


@dataclass(frozen=True)
class PretrainedModel:
    """A `.keras` file, and the record of the run it belongs to, where there is one."""

    path: Path
    record: TrainingRecord | ImportRecord | None = None

    @property
    def settings(self) -> Settings | None:
        """The settings of its training; None if they are not known."""
        return self.record.settings if isinstance(self.record, TrainingRecord) else None

    @property
    def architecture_name(self) -> str | None:
        """The name of its architecture; None if it is not known."""
        return self.record.settings.architecture if self.record else None

    @property
    def name(self) -> str:
        """The name that finds it from any folder."""
        if is_bundled(self.path):
            return BUNDLED
        return str((self.path.parent if self.record else self.path).resolve())

    @property
    def learned_from(self) -> Sequence[str]:
        """The image collections it was trained on; none if its run is not known."""
        return self.record.learned_from if self.record else ()

    def checksum(self) -> str:
        """Return the SHA-256 of its file, in hexadecimal."""
        return sha256(self.path)

    def may_know_held_out(self, settings: Settings, train: LabelledImages) -> bool:
        """Return whether it may have been trained on validation images of a training on `train`."""
        if settings.validation == 0 or not overlap.overlapping(self.learned_from, train):
            return False
        return not self._held_out_the_same(settings, train)

    def _held_out_the_same(self, settings: Settings, train: LabelledImages) -> bool:
        record = self.record
        if not isinstance(record, TrainingRecord) or record.validation_learned:
            return False
        if record.settings.held_out_by != settings.held_out_by:
            return False
        return record.dataset.sha256 == train.checksum()

    def architecture(self, architecture: Architecture, name: str) -> Architecture:
        """Return an architecture with the recipe and the options for further training.

        They are those of this model, if it is of this architecture, with fewer and smaller steps.
        """
        recipe, options = architecture.recipe, architecture.options
        if self.settings and self.settings.architecture == name:
            learned = self.settings
            recipe = replace(recipe, **{name: getattr(learned, name) for name in CHOSEN})
            options = {
                option: (learned.options.get(option, values[0]), *values)
                for option, values in options.items()
            }
            if learned.init is not None:
                # Its own recipe has fewer and smaller steps already.
                return replace(architecture, recipe=recipe, options=options)
        gentler = replace(
            recipe,
            epochs=max(1, round(recipe.epochs * SHARE_OF_EPOCHS)),
            learning_rate=recipe.learning_rate * SHARE_OF_LEARNING_RATE,
        )
        return replace(architecture, recipe=gentler, options=options)


def find_pretrained(name: str | None) -> PretrainedModel | None:
    """Return the model to begin with; None where none is named.

    Args:
        name: A run folder, a `.keras` file or `bundled`.

    Raises:
        ModelError: Something else.
    """
    if name is None:
        return None
    path = choose(name).path
    if has_card(path) or not (path.is_dir() or path.suffix == ".keras"):
        raise ModelError(
            f"expected a run folder, a .keras file or `bundled` to begin with, received {path}: "
            "an exported model can't be trained; name the run it came from"
        )
    folder = path if path.is_dir() else path.parent
    if path.is_dir() or (
        path.name == run_folder.MODEL_FILE and (folder / run_folder.RECORD_FILE).is_file()
    ):
        run = run_folder.read(folder)
        record = run.record if isinstance(run.record, ImportRecord) else training_record(run)
        return PretrainedModel(run.model, record)
    return PretrainedModel(path)


def check_same(run: Run, pretrained: PretrainedModel) -> None:
    """Raise `VerificationError` if the model that a run began with has changed since."""
    expected, received = training_record(run).init_sha256, pretrained.checksum()
    if received != expected:
        raise VerificationError(
            f"expected {pretrained.name} as it was when {run.path} began, with the SHA-256 "
            f"{expected}, received {received}; find the same model or start a new run"
        )


def warn_of_learned(
    record: TrainingRecord, pretrained: PretrainedModel, test: LabelledImages
) -> None:
    """Warn if results may be optimistic because of what the pretrained model was trained on."""
    if overlap.overlapping(pretrained.learned_from, test):
        logger.warning(
            "%s was trained on the test images of %s; the test accuracy does not hold for new "
            "images, evaluate on another --dataset",
            pretrained.name,
            test.name,
        )
    if record.validation_learned:
        logger.warning(
            "%s may have been trained on images of this run's validation set; its validation "
            "accuracy and temperature may be optimistic, compare it on another dataset",
            pretrained.name,
        )


def copy_weights(pretrained: PretrainedModel, model: Any, class_names: tuple[str, ...]) -> None:
    """Copy the weights into a new model; its last layer stays new if the classes differ.

    Args:
        pretrained: The model to begin with.
        model: A Keras model that was just built.
        class_names: The classes of the new model.

    Raises:
        ModelError: The networks differ in more than their last layer.
    """
    source = keras_file.open_model(pretrained.path)
    learned, new = (
        [layer for layer in network.layers if layer.weights] for network in (source, model)
    )
    if keras_classifier.find_card(pretrained.path, source).class_names != class_names:
        learned, new = learned[:-1], new[:-1]
    if [_shapes(layer) for layer in learned] != [_shapes(layer) for layer in new]:
        raise ModelError(
            f"{pretrained.path}: expected the weights of {model.name} ({model.count_params():,} in "
            f"all), received those of {source.name} ({source.count_params():,}); choose the "
            "architecture and the options it was trained with"
        )
    for layer, target in zip(learned, new, strict=True):
        target.set_weights(layer.get_weights())


def _shapes(layer: Any) -> tuple[str, list[tuple[int, ...]]]:
    return type(layer).__name__, [tuple(weight.shape) for weight in layer.weights]
