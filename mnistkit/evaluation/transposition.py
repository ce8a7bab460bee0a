"""Detecting transposed images by a model that does far better after transposing them.

EMNIST is published transposed, and so are most CSV copies of it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnistkit.core.models.classifier import Classifier
from mnistkit.data.loading import LabelledImages
from mnistkit.evaluation.metrics import Evaluation
from mnistkit.evaluation.significance import sign_test

# Images with a higher accuracy are hardly ever transposed, and are not tested.
POOR = 0.8
MOST_TRIED = 1000
# Smallest gain in accuracy, and largest p-value, for a warning.
MARGIN = 0.2
SIGNIFICANCE = 1e-3


@dataclass(frozen=True)
class Transposed:
    """The accuracy on `count` images as stored, and after transposing them."""

    count: int
    accuracy: float
    transposed_accuracy: float


def better_transposed(
    classifier: Classifier, split: LabelledImages, result: Evaluation
) -> Transposed | None:
    """Return the accuracy with and without transposing; None if transposing hardly helps.

    Args:
        classifier: The model.
        split: The images that it was measured on.
        result: Its results; transposing is tried only for an accuracy of at most 0.8.
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
