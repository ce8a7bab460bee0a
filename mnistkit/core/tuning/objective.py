"""One trial: a training measured on the images held out, and on nothing else.

It makes no run folder. The command of a trial trains the same model anew, to the bit on
the same machine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from mnistkit.contracts import Architecture
from mnistkit.core import beginning, epochs, keras_models, memory, optimization
from mnistkit.core.data import LabelledImages
from mnistkit.core.epochs import Progress
from mnistkit.core.measures import measure
from mnistkit.core.partition import divide
from mnistkit.core.settings import Request, Settings, from_request
from mnistkit.core.tuning.space import Parameters, request_for
from mnistkit.core.tuning.worker import Report
from mnistkit.errors import DivergedError


@dataclass(frozen=True)
class Trainer:
    """Trains with one set of parameters after the other.

    Args:
        base: What all trials have in common.
        architecture: The one it names.
        train: The training split; part of it validates.
    """

    base: Request
    architecture: Architecture
    train: LabelledImages

    def settings(self, parameters: Parameters) -> Settings:
        """All that decides what these parameters lead to."""
        return from_request(request_for(self.base, parameters), self.architecture, self.train.name)

    def __call__(self, parameters: Parameters, report: Report) -> float:
        """Learn all epochs, telling the validation accuracy after each; return the last.

        Raises:
            DivergedError: The loss is no number any more.
        """
        settings = self.settings(parameters)
        partition = divide(self.train, settings.limit, settings.validation, settings.seed)
        try:
            model = beginning.build(settings, self.train, partition)
            learner = beginning.make_learner(model, settings, self.train)
            classifier = keras_models.classifier(model, keras_models.plain_card(model))
            accuracy = 0.0
            for epoch in range(settings.epochs):
                random = (settings.seed, epoch)
                learned = epochs.learn(learner, partition.train, random, _unheard)
                if not math.isfinite(learned["loss"]):
                    raise DivergedError("the loss is not a number any more")
                if epoch + 1 == settings.epochs and settings.ema:
                    optimization.take_average(model)
                accuracy = measure(classifier, partition.validation)["accuracy"]
                report(epoch + 1, accuracy)
            return accuracy
        finally:
            # Keras keeps what belonged to the models of a process until then.
            keras_models.import_keras().utils.clear_session()
            memory.give_back()


def _unheard(_progress: Progress) -> None:
    """A trial tells its epochs alone."""
