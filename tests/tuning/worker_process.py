"""One worker as a process of its own: all of it real but the training, which is a formula.

Takes the storage's URL, the total, and the number of trials after which the worker hangs in one.
Prints a JSON line when a trial begins, and when it ends.
"""

from __future__ import annotations

import json
import math
import sys
import time
import warnings

from optuna.distributions import CategoricalDistribution, FloatDistribution

from mnistkit.tuning.heartbeat import Pulse
from mnistkit.tuning.space import Space
from mnistkit.tuning.storage import open_storage
from mnistkit.tuning.study import Purpose, make_pruner, open_study
from mnistkit.tuning.worker import Plan, work

warnings.simplefilter("error")
EPOCHS = 3
SPACE = Space(
    {
        "learning_rate": FloatDistribution(1e-4, 1e-1, log=True),
        "batch_size": CategoricalDistribution([32, 64]),
    },
    {"learning_rate": 1e-3, "batch_size": 32},
)


def say(**values):
    sys.stdout.write(json.dumps(values) + "\n")
    sys.stdout.flush()


class Watcher:
    """Prints what the test is to see."""

    def joined(self, study, total):
        pass

    def began(self, number, _parameters):
        say(began=number)

    def epoch(self, number, epoch, accuracy):
        pass

    def ended(self, number, _how, _best):
        say(ended=number)

    def lost(self, number):
        say(lost=number)

    def waiting(self, running):
        say(waiting=running)


def main():
    url, total, hang_after = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    tried = 0

    def objective(parameters, report):
        nonlocal tried
        if tried == hang_after:
            say(hanging=True)
            time.sleep(1000)
        tried += 1
        accuracy = 1 - abs(math.log10(parameters["learning_rate"]) + 3) / 10
        for epoch in range(1, EPOCHS + 1):
            time.sleep(0.03)
            report(epoch, accuracy * epoch / EPOCHS)
        return accuracy

    purpose = Purpose({"epochs": EPOCHS}, SPACE, 0, make_pruner("asha", EPOCHS))
    study = open_study(open_storage(url), "shared", purpose)
    # Long enough for a living one beside whatever else the machine does.
    work(study, objective, Plan(total, EPOCHS, url, pulse=Pulse(0.25, 24)), Watcher())


main()
