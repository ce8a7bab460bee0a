"""One trial: a training, measured on the validation set.

The test set is not used for any choice. A trial writes no run folder; its command trains the same
model again, bit for bit on the same machine.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

from mnistkit.core.models import keras_classifier, tensorflow
from mnistkit.core.models.training_settings import Settings
from mnistkit.data.holdout import hold_out
from mnistkit.data.loading import LabelledImages
from mnistkit.errors import DivergedError
from mnistkit.evaluation.run_metrics import measure
from mnistkit.plugin_types import Architecture
from mnistkit.training import epochs, optimizers, setup
from mnistkit.training.epochs import EpochProgress
from mnistkit.training.settings import TrainingRequest, from_request
from mnistkit.tuning.space import Parameters, request_for

ReportEpoch = Callable[[int, float], None]
"""Receives an epoch, counted from 1, and its validation accuracy; raises to end the trial."""


@dataclass(frozen=True)
class Trainer:
    """Trains and measures trials.

    Args:
        base: The settings that all trials share.
        architecture: The architecture that they name.
        train: The training split; a part of it is used for validation.
    """

    base: TrainingRequest
    architecture: Architecture
    train: LabelledImages

    def settings(self, parameters: Parameters) -> Settings:
        """Return all settings of the training with these parameters."""
        return from_request(request_for(self.base, parameters), self.architecture, self.train.name)

    def __call__(self, parameters: Parameters, report: ReportEpoch) -> float:
        """Return the validation accuracy after the last epoch, and report it after each.

        Raises:
            DivergedError: The loss is no longer a number.
        """
        # Outside `try`: an import interrupted by Ctrl-C can't be repeated in this process.
        keras = tensorflow.import_keras()
        settings = self.settings(parameters)
        partition = hold_out(self.train, settings.limit, settings.validation, settings.seed)
        try:
            model = setup.build(settings, self.train, partition, None)
            learner = setup.make_learner(model, settings, self.train)
            classifier = keras_classifier.classifier(model, keras_classifier.plain_card(model))
            accuracy = 0.0
            for epoch in range(settings.epochs):
                random = (settings.seed, epoch)
                learned = epochs.learn(learner, partition.train, random, _ignore)
                if not math.isfinite(learned["loss"]):
                    raise DivergedError("the loss is no longer a number")
                if epoch + 1 == settings.epochs and settings.ema:
                    optimizers.take_average(model)
                accuracy = measure(classifier, partition.validation).accuracy
                report(epoch + 1, accuracy)
            return accuracy
        finally:
            # Keras keeps the state of all models until then.
            keras.utils.clear_session()
            tensorflow.give_back_memory()


def _ignore(_progress: EpochProgress) -> None:
    """Do nothing, since a trial reports whole epochs only."""
