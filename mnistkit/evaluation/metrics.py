"""Metrics of a classifier on a split.

References:
    E. B. Wilson: Probable inference, the law of succession, and statistical inference.
    Journal of the American Statistical Association 22, 1927 (the interval).
    M. P. Naeini, G. Cooper, M. Hauskrecht: Obtaining well calibrated probabilities using
    Bayesian binning. AAAI 2015 (the expected calibration error).
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistkit.core.arrays import ClassIndices, Probabilities, probabilities_flaw
from mnistkit.core.class_names import named
from mnistkit.core.models.choice import name_of
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.progress import SILENT, Progress, counted
from mnistkit.data.loading import LabelledImages
from mnistkit.errors import ModelError, UsageError

# The 97.5 % point of the normal distribution, for two-sided 95 % intervals.
Z_95 = 1.959963984540054
CALIBRATION_BINS = 15


@dataclass(frozen=True)
class ClassMetrics:
    """Metrics of one class; an undefined ratio, such as a precision of no predictions, is NaN."""

    label: str
    precision: float
    recall: float
    f1: float
    support: int


@dataclass(frozen=True)
class Confusion:
    """The number of images of `label` that were predicted as `predicted`."""

    label: str
    predicted: str
    count: int


@dataclass(frozen=True)
class CalibrationBin:
    """The images whose confidence lies in one bin.

    Args:
        low, high: The bin's bounds; it is open on the left.
        count: Number of images, at least 1.
        right: Number of right predictions.
        confidence: Mean confidence, in [0, 1].
    """

    low: float
    high: float
    count: int
    right: int
    confidence: float

    @property
    def accuracy(self) -> float:
        """Share of right predictions, in [0, 1]."""
        return self.right / self.count

    @property
    def accuracy_interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval of the accuracy."""
        return wilson_interval(self.right, self.count)


@dataclass(frozen=True)
class Evaluation:
    """The results of a classifier on a split.

    Args:
        class_names: Names of the classes.
        probabilities: float32 (n, classes).
        class_indices: int64 (n,), the labels' class indices.
        seconds: Time for all images; NaN if it was not measured.
    """

    class_names: tuple[str, ...]
    probabilities: Probabilities
    class_indices: ClassIndices
    seconds: float = math.nan

    @property
    def count(self) -> int:
        """Number of images."""
        return len(self.class_indices)

    @property
    def predicted(self) -> ClassIndices:
        """The class index with the highest probability, int64 (n,)."""
        predicted: ClassIndices = self.probabilities.argmax(axis=1)
        return predicted

    @property
    def error_count(self) -> int:
        """Number of wrong predictions."""
        return int((self.predicted != self.class_indices).sum())

    @property
    def accuracy(self) -> float:
        """Share of right labels."""
        return (self.count - self.error_count) / self.count

    @property
    def accuracy_interval(self) -> tuple[float, float]:
        """The 95 % Wilson interval of the accuracy."""
        return wilson_interval(self.count - self.error_count, self.count)

    @property
    def nll(self) -> float:
        """Mean negative log-likelihood in nats; probabilities are at least the smallest float32."""
        right = self.probabilities[np.arange(self.count), self.class_indices].astype(np.float64)
        return float(-np.log(np.maximum(right, np.finfo(np.float32).tiny)).mean())

    @property
    def ece(self) -> float:
        """Expected calibration error over 15 bins of equal width, in [0, 1]."""
        if np.isnan(self.probabilities).any():
            return math.nan
        gaps = (abs(each.right - each.count * each.confidence) for each in self.calibration)
        return sum(gaps) / self.count

    @property
    def calibration(self) -> list[CalibrationBin]:
        """The bins with images, of 15 of equal width; their confidence is the predicted label's."""
        confidence = self.probabilities.max(axis=1).astype(np.float64)
        right = self.predicted == self.class_indices
        # Bins are open on the left: a confidence of exactly 1/15 is in the first.
        bins = np.ceil(confidence * CALIBRATION_BINS).astype(int).clip(1, CALIBRATION_BINS) - 1
        return [
            CalibrationBin(
                low=number / CALIBRATION_BINS,
                high=(number + 1) / CALIBRATION_BINS,
                count=int((bins == number).sum()),
                right=int(right[bins == number].sum()),
                confidence=float(confidence[bins == number].mean()),
            )
            for number in np.unique(bins).tolist()
        ]

    @property
    def confusion_matrix(self) -> NDArray[np.int64]:
        """Counts, int64 (classes, classes): rows are labels, columns are predictions."""
        classes = len(self.class_names)
        cells = self.class_indices * classes + self.predicted
        return np.bincount(cells, minlength=classes * classes).reshape(classes, classes)

    @property
    def per_class(self) -> list[ClassMetrics]:
        """Precision, recall, F1 and support of every class."""
        matrix = self.confusion_matrix
        hits, predicted, support = np.diag(matrix), matrix.sum(axis=0), matrix.sum(axis=1)
        return [
            ClassMetrics(
                label=name,
                precision=_ratio(hits[index], predicted[index]),
                recall=_ratio(hits[index], support[index]),
                f1=_ratio(2 * hits[index], predicted[index] + support[index]),
                support=int(support[index]),
            )
            for index, name in enumerate(self.class_names)
        ]

    def top_confusions(self, most: int = 5) -> list[Confusion]:
        """Return the most frequent confusions, in descending order."""
        wrong = self.confusion_matrix.copy()
        np.fill_diagonal(wrong, 0)
        order = np.argsort(-wrong, axis=None, kind="stable")[:most]
        cells = (np.unravel_index(cell, wrong.shape) for cell in order)
        return [
            Confusion(self.class_names[row], self.class_names[column], int(wrong[row, column]))
            for row, column in cells
            if wrong[row, column]
        ]

    def worst_mistakes(self, most: int) -> NDArray[np.int64]:
        """Return the positions of the most confident mistakes, at most `most`, int64 (n,)."""
        mistakes = np.flatnonzero(self.predicted != self.class_indices)
        confidence = self.probabilities[mistakes].max(axis=1)
        return mistakes[np.argsort(-confidence, kind="stable")][:most]

    def most_doubtful(self, most: int) -> NDArray[np.int64]:
        """Return the positions of lowest confidence, right or wrong, at most `most`, int64 (n,)."""
        return np.argsort(self.probabilities.max(axis=1), kind="stable")[:most]

    def top_classes(self, position: int, most: int = 3) -> list[tuple[int, float]]:
        """Return the most probable class indices of an image with their probabilities."""
        row = self.probabilities[position]
        order = np.argsort(-row, kind="stable")[:most]
        return [(int(index), float(row[index])) for index in order]


def evaluate(
    classifier: Classifier, split: LabelledImages, progress: Progress = SILENT
) -> Evaluation:
    """Return the evaluation of a classifier on every image of a split; each is told to `progress`.

    Raises:
        UsageError: The model has other classes than the dataset.
        ModelError: Its output is not probabilities.
    """
    check_classes(classifier, split)
    flaw = probabilities_flaw(classifier.predict(split.images[:1]))
    if flaw:
        model = f"{name_of(classifier.path)}: " if classifier.path else ""
        raise ModelError(f"{model}{flaw}")
    telling = counted(classifier, progress)
    start = time.perf_counter()
    probabilities = telling.predict(split.images)
    seconds = time.perf_counter() - start
    return Evaluation(classifier.class_names, probabilities, split.class_indices, seconds)


def check_classes(classifier: Classifier, split: LabelledImages) -> None:
    """Raise `UsageError` if a model has other classes than the dataset."""
    if classifier.class_names != split.dataset.class_names:
        model = name_of(classifier.path) if classifier.path else "one"
        raise UsageError(
            f"expected a model with the classes of {split.name} "
            f"({named(split.dataset.class_names)}), received {model} with "
            f"{named(classifier.class_names)}; name another --dataset or --model"
        )


def wilson_interval(successes: int, count: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of `successes` in `count`, which is at least 1."""
    share = successes / count
    spread = Z_95 * math.sqrt(share * (1 - share) / count + Z_95**2 / (4 * count**2))
    middle = share + Z_95**2 / (2 * count)
    scale = 1 + Z_95**2 / count
    return max((middle - spread) / scale, 0.0), min((middle + spread) / scale, 1.0)


def _ratio(part: int, whole: int) -> float:
    return float(part / whole) if whole else math.nan
