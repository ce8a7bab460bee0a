"""Training into a run folder, resumable after every epoch."""

from __future__ import annotations

import logging
import shlex
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from mnistkit.core.claims import claim_folder
from mnistkit.core.files import replacing
from mnistkit.core.models import keras_classifier, run_folder
from mnistkit.core.models.run_folder import Run
from mnistkit.data.loading import LabelledImages
from mnistkit.errors import InterruptedRunError, ModelError, VerificationError
from mnistkit.evaluation.run_metrics import final_metrics, measure
from mnistkit.exporting import export
from mnistkit.fetching.store import Store
from mnistkit.reporting import curves
from mnistkit.training import calibration, epochs, history, optimizers
from mnistkit.training.epochs import EpochProgress
from mnistkit.training.settings import Settings, TrainingRequest, recorded, to_resume
from mnistkit.training.setup import Training, prepare, prepare_again

logger = logging.getLogger(__name__)


class Listener(Protocol):
    """Is told how a training goes."""

    def begin(self, run: Path, first_epoch: int, last_epoch: int) -> None:
        """Epochs are going to be learned."""

    def batch(self, epoch: int, progress: EpochProgress) -> None:
        """A batch of an epoch has been learned."""

    def epoch(self, row: Mapping[str, Any]) -> None:
        """An epoch has ended; `row` is its row of the history."""

    def stage(self, name: str) -> None:
        """What follows the last epoch, such as `measuring`."""


@dataclass
class _Trained:
    """What is left to export; the training images are let go of."""

    run: Run
    model: Any
    test: LabelledImages
    listener: Listener


def begin(request: TrainingRequest, store: Store, listener: Listener) -> Run:
    """Train into a new run.

    Raises:
        InterruptedRunError: Ctrl-C; the run can be resumed.
        ParityError: The model is trained, but its export is not equal to it.
        MnistkitError: Something that was asked for is wrong or missing.
    """
    with ExitStack() as claims:
        return _finish(_learn_all(prepare(request, store, claims), listener))


def resume(path: Path, last_epoch: int | None, store: Store, listener: Listener) -> Run:
    """Go on with a run from its last whole epoch; a finished one is returned as it is.

    Args:
        path: The run.
        last_epoch: Another number of epochs to end with, where the schedule allows it.
        store: Where the dataset is found.
        listener: Is told how it goes.

    Raises:
        VerificationError: The dataset is not the one the run began with.
        OutputBusyError: Another process is at work in it.
        MnistkitError: As for `begin`.
    """
    run, settings = _read_to_resume(path, last_epoch)
    if run.finished and settings.epochs == len(run.record["history"]):
        logger.info("%s is finished: all %d epochs are done", run.path, settings.epochs)
        return run
    with claim_folder(path):
        # Another process may have gone on with it in between.
        run, settings = _read_to_resume(path, last_epoch)
        return _finish(_learn_all(prepare_again(run, settings, store), listener))


def _read_to_resume(path: Path, last_epoch: int | None) -> tuple[Run, Settings]:
    run = run_folder.read(path)
    return run, to_resume(recorded(run), len(run.record["history"]), last_epoch)


def _learn_all(training: Training, listener: Listener) -> _Trained:
    """Learn the epochs that are left, and measure."""
    run, settings = training.run, training.settings
    with _interruptible(run):
        listener.begin(run.path, len(run.record["history"]) + 1, settings.epochs)
        for epoch in range(len(run.record["history"]), settings.epochs):
            listener.epoch(_learn(training, epoch, listener))
        if settings.ema:
            optimizers.take_average(training.learner.model)
            _save_model(training)
        temperature = _calibrate(training, listener)
        listener.stage("measuring")
        history.write_table(run.record["history"], run.path / run_folder.HISTORY_FILE)
        curves.draw_curves(run.record["history"], run.path / run_folder.CURVES_FILE)
        run.save(metrics={**_final_metrics(training), "temperature": temperature})
    return _Trained(run, training.learner.model, training.test, listener)


def _finish(trained: _Trained) -> Run:
    """Export, where that was asked for; the training is finished even if that fails its proof."""
    run = trained.run
    with _interruptible(run):
        try:
            if run.record["settings"]["export"]:
                trained.listener.stage("exporting")
                export.export_run(run, trained.model, trained.test.images)
        except (VerificationError, ModelError):
            run.save(status=run_folder.FINISHED)
            raise
        run.save(status=run_folder.FINISHED)
    return run


@contextmanager
def _interruptible(run: Run) -> Iterator[None]:
    """Let Ctrl-C leave a run that says how to go on."""
    try:
        yield
    except KeyboardInterrupt as error:
        run.save(status=run_folder.INTERRUPTED)
        done, epochs_in_all = len(run.record["history"]), run.record["settings"]["epochs"]
        raise InterruptedRunError(
            f"interrupted after {done} of {epochs_in_all} epochs; go on with "
            f"`mnistkit train --resume {shlex.quote(str(run.path))}`"
        ) from error


def _learn(training: Training, epoch: int, listener: Listener) -> dict[str, Any]:
    """Learn one epoch, and write its row and then its model."""

    def tell(progress: EpochProgress) -> None:
        listener.batch(epoch + 1, progress)

    random = (training.settings.seed, epoch)
    learned = epochs.learn(training.learner, training.partition.train, random, tell)
    row = {"epoch": epoch + 1, **learned}
    if len(training.partition.validation):
        validation = measure(training.classifier, training.partition.validation)
        row |= {"validation_loss": validation["nll"], "validation_accuracy": validation["accuracy"]}
    training.run.save(history=[*training.run.record["history"], row])
    # An export of fewer epochs would no longer be this model.
    training.run.exported.unlink(missing_ok=True)
    _save_model(training)
    return row


def _save_model(training: Training) -> None:
    with replacing(training.run.model) as temporary:
        training.learner.model.save(temporary)


def _calibrate(training: Training, listener: Listener) -> float | None:
    """Set the temperature, where the model has one, by the images held out; return it."""
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


def _final_metrics(training: Training) -> dict[str, Any]:
    learned, held_out = training.partition.train, training.partition.validation
    parts = {"train": learned, "validation": held_out}
    return final_metrics(training.classifier, parts, training.test)
