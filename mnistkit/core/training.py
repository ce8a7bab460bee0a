"""Training into a run folder, resumable after every epoch."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from mnistkit import plugins
from mnistkit.contracts import Architecture
from mnistkit.core import (
    calibration,
    epochs,
    evaluation,
    exporting,
    history,
    keras_models,
    runs,
)
from mnistkit.core.augmentation import augmenter
from mnistkit.core.classifier import Classifier
from mnistkit.core.data import LabelledImages, load_splits
from mnistkit.core.epochs import Learner, Progress
from mnistkit.core.files import replacing
from mnistkit.core.partition import Examples, Partition, divide
from mnistkit.core.runs import Run
from mnistkit.core.settings import Request, Settings, from_record, from_request, to_resume
from mnistkit.datasets.store import Store
from mnistkit.errors import InterruptedRunError, ModelError, VerificationError

logger = logging.getLogger(__name__)

PACKAGES = ("mnistkit", "tensorflow", "keras", "numpy", "tf2onnx", "onnxruntime")


class Listener(Protocol):
    """Is told how a training goes."""

    def begin(self, run: Path, first_epoch: int, last_epoch: int) -> None:
        """Epochs are going to be learned."""

    def batch(self, epoch: int, progress: Progress) -> None:
        """A batch of an epoch has been learned."""

    def epoch(self, row: Mapping[str, Any]) -> None:
        """An epoch has ended; `row` is its row of the history."""

    def stage(self, name: str) -> None:
        """What follows the last epoch, such as `measuring`."""


@dataclass
class _Training:
    """A training under way."""

    run: Run
    settings: Settings
    partition: Partition
    test: LabelledImages
    learner: Learner
    classifier: Classifier
    listener: Listener


@dataclass
class _Trained:
    """What is left to export; the training images are let go of."""

    run: Run
    model: Any
    test: LabelledImages
    listener: Listener


def begin(request: Request, store: Store, listener: Listener) -> Run:
    """Train into a new run.

    Raises:
        InterruptedRunError: Ctrl-C; the run can be resumed.
        ParityError: The model is trained, but its export is not equal to it.
        MnistkitError: Something that was asked for is wrong or missing.
    """
    return _finish(_learn_all(_prepare(request, store, listener)))


def resume(path: Path, last_epoch: int | None, store: Store, listener: Listener) -> Run:
    """Go on with a run from its last whole epoch; a finished one is returned as it is.

    Args:
        path: The run.
        last_epoch: Another number of epochs to end with, where the schedule allows it.
        store: Where the dataset is found.
        listener: Is told how it goes.

    Raises:
        VerificationError: The dataset is not the one the run began with.
        MnistkitError: As for `begin`.
    """
    run = runs.read(path)
    recorded = _recorded_settings(run)
    settings = to_resume(recorded, len(run.record["history"]), last_epoch)
    if run.finished and settings.epochs == len(run.record["history"]):
        logger.info("%s is finished: all %d epochs are done", run.path, settings.epochs)
        return run
    return _finish(_learn_all(_prepare_again(run, settings, store, listener)))


def _prepare(request: Request, store: Store, listener: Listener) -> _Training:
    architecture: Architecture = plugins.load("architecture", request.architecture)
    if request.output is not None:
        runs.check_free(request.output)
    train, test = load_splits(request.dataset, ("train", "test"), store)
    settings = from_request(request, architecture.recipe, train.name)
    partition = divide(train, settings.limit, settings.validation, settings.seed)
    model = _build(settings, train, partition)
    learner = _learner(model, settings, train)
    run = runs.create(request.output, settings.architecture, settings.dataset)
    _record_beginning(run, settings, train, partition, model)
    classifier = keras_models.classifier(model, run.card())
    return _Training(run, settings, partition, test, learner, classifier, listener)


def _prepare_again(run: Run, settings: Settings, store: Store, listener: Listener) -> _Training:
    train, test = load_splits(settings.dataset, ("train", "test"), store)
    _check_same_data(run, train)
    partition = divide(train, settings.limit, settings.validation, settings.seed)
    if run.model.is_file():
        model = keras_models.open_model(run.model)
        epochs.make_deterministic(settings.seed)
        if calibration.can_calibrate(model):
            # It is learned at 1.
            calibration.set_temperature(model, 1.0)
    else:
        model = _build(settings, train, partition)
    done = epochs.epochs_done(model, len(partition.train), settings.batch_size)
    run.save(
        status=runs.RUNNING,
        settings=asdict(settings),
        # The row of an epoch is written before its model, and is worth nothing without it.
        history=run.record["history"][:done],
        metrics=None,
    )
    learner = _learner(model, settings, train)
    classifier = keras_models.classifier(model, run.card())
    return _Training(run, settings, partition, test, learner, classifier, listener)


def _recorded_settings(run: Run) -> Settings:
    try:
        return from_record(run.record["settings"])
    except (KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{run.path / runs.RECORD_FILE}: expected the record of a run, received a damaged one "
            f"({error!r}); train anew"
        ) from error


def _check_same_data(run: Run, train: LabelledImages) -> None:
    recorded, received = run.record["dataset"]["sha256"], train.checksum()
    if received != recorded:
        raise VerificationError(
            f"expected {train.name} as it was when {run.path} began, with the SHA-256 {recorded}, "
            f"received {received}; find the same data or start a new run"
        )


def _build(settings: Settings, train: LabelledImages, partition: Partition) -> Any:
    """Return the compiled model with its first weights, which the seed decides."""
    keras_models.import_keras()
    epochs.make_deterministic(settings.seed)
    classes = len(train.dataset.class_names)
    model = keras_models.build(settings.architecture, classes, settings.dropout)
    steps = epochs.steps_per_epoch(len(partition.train), settings.batch_size)
    epochs.compile_model(model, settings.learning_rate, settings.schedule, steps * settings.epochs)
    return model


def _learner(model: Any, settings: Settings, train: LabelledImages) -> Learner:
    augment = augmenter(settings.augmentation, train.dataset.class_names)
    return epochs.learner(model, settings.batch_size, augment)


def _record_beginning(
    run: Run, settings: Settings, train: LabelledImages, partition: Partition, model: Any
) -> None:
    run.save(
        format_version=runs.FORMAT_VERSION,
        status=runs.RUNNING,
        created=runs.now(),
        settings=asdict(settings),
        dataset={
            "class_names": list(train.dataset.class_names),
            "preparation": train.dataset.preparation,
            "sha256": train.checksum(),
            "training_images": len(partition.train),
            "validation_images": len(partition.validation),
        },
        packages={package: version(package) for package in PACKAGES},
        layers=[asdict(layer) for layer in keras_models.layer_table(model)],
        history=[],
        metrics=None,
    )


def _learn_all(training: _Training) -> _Trained:
    """Learn the epochs that are left, and measure."""
    run, settings = training.run, training.settings
    with _interruptible(run):
        training.listener.begin(run.path, len(run.record["history"]) + 1, settings.epochs)
        for epoch in range(len(run.record["history"]), settings.epochs):
            training.listener.epoch(_learn(training, epoch))
        temperature = _calibrate(training)
        training.listener.stage("measuring")
        history.write_table(run.record["history"], run.path / runs.HISTORY_FILE)
        history.draw_curves(run.record["history"], run.path / runs.CURVES_FILE)
        run.save(metrics={**_final_metrics(training), "temperature": temperature})
    return _Trained(run, training.learner.model, training.test, training.listener)


def _finish(trained: _Trained) -> Run:
    """Export, where that was asked for; the training is finished even if that fails its proof."""
    run = trained.run
    with _interruptible(run):
        try:
            if run.record["settings"]["export"]:
                _export(trained)
        except (VerificationError, ModelError):
            run.save(status=runs.FINISHED)
            raise
        run.save(status=runs.FINISHED)
    return run


def _export(trained: _Trained) -> None:
    run = trained.run
    trained.listener.stage("exporting")
    request = exporting.ExportRequest(run.path)
    exported = exporting.write_proved(
        trained.model, run.card(), run.exported, trained.test.images, request
    )
    logger.info(
        "exported and proved: largest difference %.3g on %d images",
        exported.parity.max_abs_diff,
        exported.parity.images,
    )


@contextmanager
def _interruptible(run: Run) -> Iterator[None]:
    """Let Ctrl-C leave a run that says how to go on."""
    try:
        yield
    except KeyboardInterrupt as error:
        run.save(status=runs.INTERRUPTED)
        done, epochs_in_all = len(run.record["history"]), run.record["settings"]["epochs"]
        raise InterruptedRunError(
            f"interrupted after {done} of {epochs_in_all} epochs; go on with "
            f"`mnistkit train --resume {shlex.quote(str(run.path))}`"
        ) from error


def _learn(training: _Training, epoch: int) -> dict[str, Any]:
    """Learn one epoch, and write its row and then its model."""

    def tell(progress: Progress) -> None:
        training.listener.batch(epoch + 1, progress)

    random = (training.settings.seed, epoch)
    learned = epochs.learn(training.learner, training.partition.train, random, tell)
    row = {"epoch": epoch + 1, **learned}
    if len(training.partition.validation):
        validation = _measure(training.classifier, training.partition.validation)
        row |= {"validation_loss": validation["nll"], "validation_accuracy": validation["accuracy"]}
    training.run.save(history=[*training.run.record["history"], row])
    # An export of fewer epochs would no longer be this model.
    training.run.exported.unlink(missing_ok=True)
    _save_model(training)
    return row


def _save_model(training: _Training) -> None:
    with replacing(training.run.model) as temporary:
        training.learner.model.save(temporary)


def _calibrate(training: _Training) -> float | None:
    """Set the temperature, where the model has one, by the images held out; return it."""
    model, held_out = training.learner.model, training.partition.validation
    if not calibration.can_calibrate(model) or not len(held_out):
        return None
    training.listener.stage("calibrating")
    probabilities = training.classifier.predict(held_out.images)
    temperature = calibration.best_temperature(probabilities, held_out.class_indices)
    calibration.set_temperature(model, temperature)
    training.classifier = keras_models.classifier(model, training.run.card())
    _save_model(training)
    return temperature


def _measure(classifier: Classifier, examples: Examples) -> dict[str, Any]:
    """Measure with dropout off; the mean negative log-likelihood is the loss."""
    probabilities = classifier.predict(examples.images)
    result = evaluation.Evaluation(classifier.class_names, probabilities, examples.class_indices)
    return {"accuracy": result.accuracy, "nll": result.nll, "count": result.count}


def _final_metrics(training: _Training) -> dict[str, Any]:
    """Measure all parts; the only use of the test split."""
    classifier = training.classifier
    test = Examples(training.test.images, training.test.class_indices)
    parts = {
        "train": training.partition.train,
        "validation": training.partition.validation,
        "test": test,
    }
    first = classifier.predict(test.images[:1])[0].argmax()
    return {
        **{name: _measure(classifier, part) for name, part in parts.items() if len(part)},
        "first_test_image": {
            "label": classifier.class_names[test.class_indices[0]],
            "predicted": classifier.class_names[first],
        },
    }
