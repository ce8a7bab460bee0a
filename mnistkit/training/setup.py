"""Set up a new or resumed training."""

from __future__ import annotations

import logging
import shlex
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from typing import Any

from mnistkit import plugins
from mnistkit.core.class_names import named
from mnistkit.core.models import keras_classifier, keras_file, new_run, run_folder, tensorflow
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.models.record import TrainingData, TrainingRecord
from mnistkit.core.models.run_folder import Run
from mnistkit.core.models.training_settings import Settings
from mnistkit.core.package_versions import package_versions
from mnistkit.data import overlap
from mnistkit.data.holdout import Partition, hold_out, share_held_out
from mnistkit.data.loading import DEFAULT, LabelledImages, load_splits
from mnistkit.errors import ModelError, VerificationError
from mnistkit.fetching.store import Store
from mnistkit.plugin_types import Architecture
from mnistkit.reporting.curves import LiveCurves
from mnistkit.training import calibration, epochs, fine_tuning, imported, network, optimizers
from mnistkit.training.augmentation import augmenter
from mnistkit.training.epochs import Learner
from mnistkit.training.fine_tuning import PretrainedModel, find_pretrained
from mnistkit.training.fitting import fit_recipe, warn_of_few_steps
from mnistkit.training.provenance import used_plugins
from mnistkit.training.settings import DEFAULT_ARCHITECTURE, TrainingRequest, from_request

logger = logging.getLogger(__name__)


@dataclass
class Training:
    """A training that is ready to learn its next epoch."""

    run: Run
    settings: Settings
    partition: Partition
    test: LabelledImages
    learner: Learner
    classifier: Classifier
    curves: LiveCurves = field(default_factory=LiveCurves)


def prepare(request: TrainingRequest, store: Store, claims: ExitStack) -> Training:
    """Return a new training, with its data, its model and its run folder.

    Args:
        request: What the user asks for.
        store: Where the dataset is found.
        claims: Reserves the run folder for this process until it is closed.

    Raises:
        MnistkitError: Something in the request is wrong or missing.
    """
    pretrained = find_pretrained(request.init)
    request, architecture = with_architecture(request, pretrained)
    # Wrong settings are refused before a dataset is fetched.
    asked = from_request(request, architecture, request.dataset or DEFAULT)
    if request.output is not None:
        claims.enter_context(new_run.claim_new(request.output))
    train, test = load_splits(request.dataset, ("train", "test"), store)
    held_out = share_held_out(train, asked.validation)
    partition = hold_out(train, asked.limit, held_out, asked.seed)
    if train.validation is not None:
        count = f"{len(partition.validation):,}"
        logger.info("validating on the %s validation images of %s", count, train.name)
    architecture = fit_recipe(architecture, request, len(partition.train))
    settings = replace(from_request(request, architecture, train.name), validation=held_out)
    model = build(settings, train, partition, pretrained)
    warn_of_few_steps(model, settings, len(partition.train))
    learner = make_learner(model, settings, train)
    record = _first_record(settings, train, partition, pretrained, model)
    path = request.output or claims.enter_context(
        new_run.claim_dated(settings.architecture, settings.dataset)
    )
    run = Run(path, replace(record, command_line=request.command_line))
    run.save()
    if pretrained:
        fine_tuning.warn_of_learned(record, pretrained, test)
    classifier = keras_classifier.classifier(model, run.card())
    return Training(run, settings, partition, test, learner, classifier)


def prepare_again(run: Run, settings: Settings, store: Store) -> Training:
    """Return the training of a run, as it was after its last whole epoch.

    Raises:
        VerificationError: The dataset or the pretrained model has changed since the run began.
        MnistkitError: Something it needs is wrong or missing.
    """
    train, test = load_splits(settings.dataset, ("train", "test"), store)
    _check_same_data(run, train)
    partition = hold_out(train, settings.limit, settings.validation, settings.seed)
    if run.model.is_file():
        model = _open_learned(run)
        epochs.make_deterministic(settings.seed)
        if calibration.can_calibrate(model):
            # Epochs are trained at temperature 1.
            calibration.set_temperature(model, 1.0)
    else:
        pretrained = find_pretrained(settings.init)
        if pretrained:
            fine_tuning.check_same(run, pretrained)
        model = build(settings, train, partition, pretrained)
    done = epochs.epochs_done(model, len(partition.train), settings.batch_size)
    run.save(
        status=run_folder.RUNNING,
        settings=settings,
        # The row of an epoch is written before its model, and is worth nothing without it.
        history=run.record.history[:done],
        metrics=None,
    )
    learner = make_learner(model, settings, train)
    classifier = keras_classifier.classifier(model, run.card())
    return Training(run, settings, partition, test, learner, classifier)


def with_architecture(
    request: TrainingRequest, pretrained: PretrainedModel | None
) -> tuple[TrainingRequest, Architecture]:
    """Return the request with its architecture's name, and the architecture with its recipe."""
    own = pretrained.architecture_name if pretrained else None
    name = request.architecture or own or DEFAULT_ARCHITECTURE
    request = replace(request, architecture=name)
    if pretrained is not None and imported.is_own_network(name, own):
        architecture = imported.architecture_of(pretrained.path)
        return replace(request, init=pretrained.name), pretrained.architecture(architecture, name)
    architecture = plugins.load("architecture", name, Architecture)
    if pretrained is None:
        return request, architecture
    return replace(request, init=pretrained.name), pretrained.architecture(architecture, name)


def _open_learned(run: Run) -> Any:
    """Return the Keras model of a run, with its optimizer and the classes that it records."""
    model = keras_file.open_model(run.model)
    keras_classifier.find_card(run.model, model)
    # A model that was never compiled has no such attribute.
    if getattr(model, "optimizer", None) is None:
        raise ModelError(
            f"{run.model}: expected a model with its optimizer, received one without; "
            f"begin with it instead: `mnistkit train --init {shlex.quote(str(run.path))}`"
        )
    return model


def _check_same_data(run: Run, train: LabelledImages) -> None:
    recorded, received = run.record.dataset.sha256, train.checksum()
    if received != recorded:
        raise VerificationError(
            f"expected {train.name} as it was when {run.path} began, with the SHA-256 {recorded}, "
            f"received {received}; find the same data or start a new run"
        )
    names = run.record.dataset.class_names
    if names != train.dataset.class_names:
        raise VerificationError(
            f"expected {train.name} with the classes {named(names)}, as when {run.path} began, "
            f"received {named(train.dataset.class_names)}; find the same data or start a new run"
        )


def build(
    settings: Settings,
    train: LabelledImages,
    partition: Partition,
    pretrained: PretrainedModel | None,
) -> Any:
    """Return the compiled model with its first weights: by the seed, or the pretrained model's.

    Args:
        settings: Of the training.
        train: The training split.
        partition: Its parts.
        pretrained: The model that `settings.init` names; None where it names none.

    Raises:
        ValueError: `settings` and `pretrained` do not go together.
    """
    if (settings.init is None) != (pretrained is None):
        raise ValueError(f"expected the model of init={settings.init!r}, received {pretrained}")
    tensorflow.import_keras()
    epochs.make_deterministic(settings.seed)
    model = _network(settings, train.dataset.class_names, pretrained)
    steps = epochs.steps_per_epoch(len(partition.train), settings.batch_size)
    optimizers.compile_model(model, settings, steps * settings.epochs)
    return model


def _network(
    settings: Settings, class_names: tuple[str, ...], pretrained: PretrainedModel | None
) -> Any:
    """Return the network with its first weights."""
    if pretrained and imported.is_own_network(settings.architecture, pretrained.architecture_name):
        return imported.network_in(pretrained.path, class_names, settings.dropout)
    model = network.build(
        settings.architecture, len(class_names), settings.dropout, **settings.options
    )
    if pretrained is not None:
        fine_tuning.copy_weights(pretrained, model, class_names)
    return model


def make_learner(model: Any, settings: Settings, train: LabelledImages) -> Learner:
    """Return the learner of the model that `build` returned."""
    augment = augmenter(settings.augmentation, train.dataset.class_names)
    return epochs.learner(model, settings.batch_size, augment, settings.label_smoothing)


def _first_record(
    settings: Settings,
    train: LabelledImages,
    partition: Partition,
    pretrained: PretrainedModel | None,
    model: Any,
) -> TrainingRecord:
    """Return the record of a training before its first epoch."""
    own = overlap.collections_of(train.name, train.dataset, "train")
    earlier = pretrained.learned_from if pretrained else ()
    sources = (train.name, *train.dataset.parts)
    now = run_folder.now()
    return TrainingRecord(
        status=run_folder.RUNNING,
        created=now,
        updated=now,
        settings=settings,
        dataset=TrainingData(
            class_names=train.dataset.class_names,
            preparation=train.dataset.preparation,
            sha256=train.checksum(),
            training_images=len(partition.train),
            validation_images=len(partition.validation),
        ),
        learned_from=tuple(dict.fromkeys((*own, *earlier))),
        validation_learned=bool(pretrained and pretrained.may_know_held_out(settings, train)),
        init_sha256=pretrained.checksum() if pretrained else None,
        plugins=used_plugins(
            imported.plugins_of(settings.architecture), sources, export=settings.export
        ),
        packages=package_versions(),
        layers=keras_classifier.layer_table(model),
        history=(),
        metrics=None,
    )
