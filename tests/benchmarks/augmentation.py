"""How much slower each augmentation makes an epoch.

    python tests/benchmarks/augmentation.py [ARCHITECTURE ...]

Each network (cnn, vgg and resnet, where none is named) learns the same images of the bundled sample
without augmentation and with each, in turn, several times; the fastest of each counts. Takes some
five minutes. Bound: 1.3x.
"""

from __future__ import annotations

import sys

from mnistkit import plugins
from mnistkit.core.models import tensorflow
from mnistkit.data.holdout import Examples
from mnistkit.data.loading import load_split
from mnistkit.fetching.store import Store
from mnistkit.plugin_types import Architecture
from mnistkit.training import epochs, network, optimizers
from mnistkit.training.augmentation import AUGMENTATIONS, augmenter
from mnistkit.training.settings import TrainingRequest, from_request

IMAGES = 2048
REPETITIONS = 3
BOUND = 1.3


def main(names: list[str]) -> None:
    """Print a ratio for each network and augmentation."""
    tensorflow.import_keras()
    data = load_split("mnist-sample", "train", Store())
    examples = Examples(data.images[:IMAGES], data.class_indices[:IMAGES])
    for name in names:
        architecture = plugins.load("architecture", name, Architecture)
        settings = from_request(TrainingRequest(name), architecture, data.name)
        model = network.build(name, 10)
        optimizers.compile_model(model, settings, 1000)
        learners = {
            strength: epochs.learner(
                model, settings.batch_size, augmenter(strength, data.dataset.class_names)
            )
            for strength in AUGMENTATIONS
        }
        seconds: dict[str, list[float]] = {strength: [] for strength in learners}
        for repetition in range(REPETITIONS + 1):
            for strength, learner in learners.items():
                learned = epochs.learn(learner, examples, (0, repetition), lambda _: None)
                # The first one traces.
                if repetition:
                    seconds[strength].append(learned["seconds"])
        plain = min(seconds.pop("none"))
        for strength, measured in seconds.items():
            ratio = min(measured) / plain
            verdict = "met" if ratio <= BOUND else "MISSED"
            print(f"{name:<8} {strength:<12} {ratio:.2f}x, at most {BOUND}x: {verdict}")


if __name__ == "__main__":
    main(sys.argv[1:] or ["cnn", "vgg", "resnet"])
