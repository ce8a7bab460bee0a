"""Whether images fit a model far better with rows and columns exchanged.

EMNIST is published so, and most copies of it as CSV have kept that.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnistkit.core.models.classifier import Classifier
from mnistkit.data.loading import LabelledImages
from mnistkit.evaluation.metrics import Evaluation
from mnistkit.evaluation.significance import sign_test

# Above this accuracy nothing is tried: transposed images are hardly ever read so well.
POOR = 0.8
MOST_TRIED = 1000
# By how much the accuracy has to rise, and how unlikely chance has to be, before it is told.
MARGIN = 0.2
SIGNIFICANCE = 1e-3


@dataclass(frozen=True)
class Transposed:
    """The accuracy on `count` images as they are, and with rows and columns exchanged."""

    count: int
    accuracy: float
    transposed_accuracy: float


def better_transposed(
    classifier: Classifier, split: LabelledImages, result: Evaluation
) -> Transposed | None:
    """Return the accuracy with and without transposing, or None unless it helps a lot.

    Args:
        classifier: The model.
        split: The images it was measured on.
        result: What it reached; transposed images are tried only where that is poor.
    """
    if result.accuracy > POOR:
        return None
    count = min(result.count, MOST_TRIED)
    tried = np.random.default_rng(0).permutation(result.count)[:count]
    wanted = split.class_indices[tried]
    right = result.predicted[tried] == wanted
    images = np.ascontiguousarray(split.images[tried].transpose(0, 2, 1))
    turned_right = classifier.predict(images).argmax(axis=1) == wanted
    gain = turned_right.mean() - right.mean()
    lost, won = int((right & ~turned_right).sum()), int((turned_right & ~right).sum())
    if gain < MARGIN or sign_test(lost, won) > SIGNIFICANCE:
        return None
    return Transposed(count, float(right.mean()), float(turned_right.mean()))
