"""One worker as a process of its own: all of it real but the training, which is a formula.

Takes the storage's URL, the study's folder and the total. Prints a JSON line when a trial begins
and when it ends. A trial waits for a line on standard input, as long as that is open.
"""

from __future__ import annotations

import json
import math
import sys
import warnings
from pathlib import Path

from optuna.distributions import CategoricalDistribution, FloatDistribution

from mnistkit.tuning import study_folder
from mnistkit.tuning.runner import Runner, run
from mnistkit.tuning.space import Space
from mnistkit.tuning.storage import open_storage
from mnistkit.tuning.study import open_study

warnings.simplefilter("error")
# The end of the process closes its connections.
warnings.simplefilter("ignore", ResourceWarning)
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

    def ended(self, number, how, _best):
        say(ended=number, how=how)


def learn(parameters, report):
    sys.stdin.readline()
    accuracy = 1 - abs(math.log10(parameters["learning_rate"]) + 3) / 10
    for epoch in range(1, EPOCHS + 1):
        report(epoch, accuracy * epoch / EPOCHS)
    return accuracy


def main():
    url, folder, total = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    settings = {"epochs": EPOCHS, "pruner": "asha", "seed": 0}
    study = open_study(open_storage(url), url, "shared", SPACE, settings)
    run(Runner(study, learn, EPOCHS, Watcher()), total)
    study_folder.write(study, "learning rate {learning_rate}".format_map, folder)


main()
