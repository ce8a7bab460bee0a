"""How a classifier bears corrupted images."""

from __future__ import annotations

from collections.abc import Iterator

from mnistkit.core.models.classifier import Classifier
from mnistkit.data.loading import LabelledImages
from mnistkit.evaluation.corruptions import CORRUPTIONS, corrupted_chunks


def corruption_errors(classifier: Classifier, split: LabelledImages) -> Iterator[tuple[str, float]]:
    """Yield each corruption's name with the share of wrong labels under it.

    The classifier knows the classes of the split.
    """
    for name in CORRUPTIONS:
        wrong = start = 0
        for images in corrupted_chunks(split.images, name):
            right = split.class_indices[start : start + len(images)]
            wrong += int((classifier.predict(images).argmax(axis=1) != right).sum())
            start += len(images)
        yield name, wrong / len(split.images)
