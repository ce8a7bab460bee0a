"""Train into a run folder; a training can be resumed after every epoch."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

from mnistkit.core.claims import claim_folder
from mnistkit.core.files import replacing
from mnistkit.core.models import keras_classifier, run_folder
from mnistkit.core.models.record import Epoch, Metrics
from mnistkit.core.models.run_folder import Run
from mnistkit.core.models.training_settings import Settings
from mnistkit.core.packages import KERAS, ONNX, PLOTS, require
from mnistkit.data.loading import LabelledImages
from mnistkit.errors import (
    InterruptedRunError,
    ModelError,
    OutputBusyError,
    OutputError,
    VerificationError,
)
from mnistkit.evaluation.run_metrics import final_metrics, measure
from mnistkit.exporting import export
from mnistkit.fetching.store import Store
from mnistkit.reporting.curves import draw_curves
from mnistkit.training import calibration, epochs, history, optimizers
from mnistkit.training.epochs import EpochProgress
from mnistkit.training.settings import TrainingRequest, to_resume, training_record
from mnistkit.training.setup import Training, prepare, prepare_again
from mnistkit.training.tracking import find_tracker, tracked

logger = logging.getLogger(__name__)


class Listener(Protocol):
    """Receives the progress of a training."""

    def begin(self, run: Path, first_epoch: int, last_epoch: int) -> None:
        """Called before the first epoch that is left."""

    def batch(self, epoch: int, progress: EpochProgress) -> None:
        """Called after each batch."""

    def epoch(self, row: Epoch) -> None:
        """Called after each epoch, with its row of the history."""

    def stage(self, name: str) -> None:
        """Called before each stage after the last epoch, such as `measuring`."""


@dataclass
class _Trained:
    """A trained model that is not exported yet; the training images are released."""

    run: Run
    settings: Settings
    model: Any
    test: LabelledImages
    listener: Listener


def begin(request: TrainingRequest, store: Store, listener: Listener) -> Run:
    """Train into a new run.

    Raises:
        InterruptedRunError: Ctrl-C; the run can be resumed.
        ParityError: The run is finished, but its exported model is not equal to the trained one.
        TrackingError: The run is finished, but a tracker did not get all of it.
        MnistkitError: Something in the request is wrong or missing.
    """
    _require_packages(export=request.export)
    for name in request.trackers:
        find_tracker(name)
    with ExitStack() as claims:
        return _train(prepare(request, store, claims), request.trackers, listener)


def resume(
    path: Path,
    last_epoch: int | None,
    store: Store,
    listener: Listener,
    trackers: Sequence[str] = (),
) -> Run:
    """Continue a run after its last whole epoch; a finished one is returned as it is.

    Trackers receive what they lack of the run, also of a finished one.

    Args:
        path: The run folder.
        last_epoch: Another number of epochs in all, if the schedule allows it.
        store: Where the dataset is found.
        listener: Receives the progress.
        trackers: Track the run from now on, besides those that it has.

    Raises:
        VerificationError: The dataset or the pretrained model has changed since the run began.
        OutputBusyError: Another process uses the run folder.
        MnistkitError: As for `begin`.
    """
    for name in trackers:
        find_tracker(name)
    run, settings = _read_to_resume(path, last_epoch)
    if _is_done(run, settings) and not (trackers or training_record(run).tracked):
        # What a kill at its very end left is deleted, where that can be.
        with suppress(OutputBusyError, OutputError), claim_folder(path):
            pass
        return _told_done(run)
    _require_packages(export=settings.export)
    with claim_folder(path):
        # Another process may have continued it in between.
        run, settings = _read_to_resume(path, last_epoch)
        if _is_done(run, settings):
            with tracked(run, trackers):
                return _told_done(run)
        return _train(prepare_again(run, settings, store), trackers, listener)


def _require_packages(*, export: bool) -> None:
    """Raise `MissingError` for what a training needs, at its end too, before it begins."""
    require("mnistkit train", (*KERAS, *(ONNX if export else ()), *PLOTS))


def _read_to_resume(path: Path, last_epoch: int | None) -> tuple[Run, Settings]:
    run = run_folder.read(path)
    return run, to_resume(training_record(run).settings, len(run.record.history), last_epoch)


def _is_done(run: Run, settings: Settings) -> bool:
    return run.finished and settings.epochs == len(run.record.history)


def _told_done(run: Run) -> Run:
    """Say that nothing is left to train, and return the run."""
    logger.info("%s is finished: all %d epochs are done", run.path, len(run.record.history))
    return run


def _train(training: Training, trackers: Iterable[str], listener: Listener) -> Run:
    with tracked(training.run, trackers) as send:
        trained = _learn_all(training, listener, send)
        # The export needs the memory of the training images.
        del training
        return _finish(trained)


def _learn_all(training: Training, listener: Listener, send: Callable[[Epoch], None]) -> _Trained:
    """Train the epochs that are left, and measure the model."""
    run, settings = training.run, training.settings
    with _interruptible(training):
        done = len(run.record.history)
        listener.begin(run.path, done + 1, settings.epochs)
        for epoch in range(done, settings.epochs):
            row = _learn(training, epoch, listener)
            listener.epoch(row)
            send(row)
        if settings.ema:
            optimizers.take_average(training.learner.model)
            _save_model(training)
        temperature = _calibrate(training, listener)
        listener.stage("measuring")
        rows = run.record.table()
        history.write_table(rows, run.path / run_folder.HISTORY_FILE)
        draw_curves(settings, run.record.history, run.path)
        run.save(metrics=_final_metrics(training, temperature))
    return _Trained(run, settings, training.learner.model, training.test, listener)


def _finish(trained: _Trained) -> Run:
    """Export the model, if asked for; the run is finished even if the export is refused."""
    run = trained.run
    with _interruptible(trained):
        try:
            if trained.settings.export:
                trained.listener.stage("exporting")
                export.export_run(run, trained.model, trained.test.images)
        except (VerificationError, ModelError):
            run.save(status=run_folder.FINISHED)
            raise
        run.save(status=run_folder.FINISHED)
    return run


@contextmanager
def _interruptible(training: Training | _Trained) -> Iterator[None]:
    """Record an interruption by Ctrl-C, and raise the error that says how to resume."""
    run = training.run
    try:
        yield
    except KeyboardInterrupt as error:
        run.save(status=run_folder.INTERRUPTED)
        raise InterruptedRunError(
            f"interrupted after {len(run.record.history)} of {training.settings.epochs} epochs; "
            "go on with "
            f"`mnistkit train --resume {shlex.quote(str(run.path))}`"
        ) from error


def _learn(training: Training, epoch: int, listener: Listener) -> Epoch:
    """Train one epoch, write its row and then its model, and return the row."""

    def tell(progress: EpochProgress) -> None:
        listener.batch(epoch + 1, progress)

    random = (training.settings.seed, epoch)
    learned = epochs.learn(training.learner, training.partition.train, random, tell)
    row = Epoch(epoch + 1, **learned)
    if len(training.partition.validation):
        measured = measure(training.classifier, training.partition.validation)
        row = replace(row, validation_loss=measured.nll, validation_accuracy=measured.accuracy)
    training.run.save(history=(*training.run.record.history, row))
    # An export of fewer epochs would no longer be this model.
    training.run.exported.unlink(missing_ok=True)
    _save_model(training)
    training.curves.draw(training.settings, training.run.record.history, training.run.path)
    return row


def _save_model(training: Training) -> None:
    with replacing(training.run.model) as temporary:
        training.learner.model.save(temporary)


def _calibrate(training: Training, listener: Listener) -> float | None:
    """Fit the temperature on the validation set and return it; None for a model without one."""
    model, held_out = training.learner.model, training.partition.validation
    if not calibration.can_calibrate(model) or not len(held_out):
        return None
    listener.stage("calibrating")
    probabilities = training.classifier.raw_predict(held_out.images)
    temperature = calibration.best_temperature(probabilities, held_out.class_indices)
    calibration.set_temperature(model, temperature)
    training.classifier = keras_classifier.classifier(model, training.run.card())
    _save_model(training)
    return temperature


def _final_metrics(training: Training, temperature: float | None) -> Metrics:
    parts = {"train": training.partition.train, "validation": training.partition.validation}
    return final_metrics(training.classifier, parts, training.test, temperature)
