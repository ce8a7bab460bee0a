"""Proving that an export of lower precision is as accurate as its original."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnistkit.core.arrays import ClassIndices, Images
from mnistkit.core.models.classifier import Classifier
from mnistkit.data.loading import LabelledImages

MOST_LOST = 0.001
"""The largest accepted loss of accuracy: 0.1 point."""


@dataclass(frozen=True)
class QuantisationImages:
    """The images for an export of lower precision.

    Args:
        training: uint8 (n, 28, 28), for the exporter to calibrate on.
        test: The whole test split, which proves the export.
    """

    training: Images
    test: LabelledImages


@dataclass(frozen=True)
class Accuracy:
    """The accuracies of a model and its export on the same test images.

    Args:
        dataset: The name of the test images' dataset.
        images: Number of test images.
        original: The accuracy of the Keras model, in [0, 1].
        exported: The accuracy of its export, in [0, 1].
        lost: What the export lost of the accuracy; negative where it gained.
        most_lost: The largest loss allowed.
    """

    dataset: str
    images: int
    original: float
    exported: float
    lost: float
    most_lost: float = MOST_LOST

    @property
    def passed(self) -> bool:
        """Whether the export is as accurate as it has to be."""
        return self.lost <= self.most_lost


def compare(
    original: Classifier,
    exported: Classifier,
    test: LabelledImages,
    batch_sizes: tuple[int, ...],
) -> Accuracy:
    """Return the accuracies of both; of the export in batches of all sizes, each on a share."""
    count = len(test.images)
    before = _right(original, test.images, test.class_indices)
    shares = zip(
        np.array_split(test.images, len(batch_sizes)),
        np.array_split(test.class_indices, len(batch_sizes)),
        batch_sizes,
        strict=True,
    )
    after = sum(_right(exported, *share) for share in shares)
    return Accuracy(test.name, count, before / count, after / count, (before - after) / count)


def _right(
    classifier: Classifier, images: Images, class_indices: ClassIndices, batch_size: int = 256
) -> int:
    """Return the number of images whose label is right."""
    labels = classifier.raw_predict(images, batch_size).argmax(axis=1)
    return int((labels == class_indices).sum())
