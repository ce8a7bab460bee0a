"""Proving that an exported model equals the one it was exported from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mnistkit.core.arrays import Images, Probabilities
from mnistkit.core.models.classifier import Classifier
from mnistkit.errors import VerificationError
from mnistkit.exporting.accuracy import Accuracy

if TYPE_CHECKING:
    from pathlib import Path

BATCH_SIZES = (1, 7, 256)
PROOF_IMAGES = 1000
DEFAULT_TOLERANCE = 1e-5


@dataclass(frozen=True)
class Parity:
    """Agreement of two classifiers, the lowest of all batch sizes.

    Args:
        max_abs_diff: Largest absolute difference of two probabilities; NaN where one is NaN.
        label_agreement: Share of the images with the same label.
        images: Number of images compared.
        batch_sizes: Sizes of the batches they were compared in.
        tolerance: Largest absolute difference allowed; no relative difference is. None where
            the accuracy has the limit.
        accuracy: The accuracies of both, for an export of lower precision.
    """

    max_abs_diff: float
    label_agreement: float
    images: int
    batch_sizes: tuple[int, ...]
    tolerance: float | None
    accuracy: Accuracy | None = None

    @property
    def passed(self) -> bool:
        """Whether they are equal: close everywhere and every label the same, or as accurate."""
        if self.accuracy is not None:
            return math.isfinite(self.max_abs_diff) and self.accuracy.passed
        # Written so that a NaN fails.
        return self.max_abs_diff <= (self.tolerance or 0) and self.label_agreement == 1.0

    def shortfall(self) -> str:
        """Return what was expected, what was received and what to do, for one that failed."""
        if not math.isfinite(self.max_abs_diff):
            return (
                "expected probabilities, received values that are not numbers: train it again "
                "with a lower --learning-rate"
            )
        if self.accuracy is not None:
            return (
                f"expected the exported model to lose at most {100 * self.accuracy.most_lost:g} "
                f"points of accuracy, received {self.accuracy.exported:.2%} instead of "
                f"{self.accuracy.original:.2%} on the {self.accuracy.images:,} test images of "
                f"{self.accuracy.dataset}; export it with --exporter onnx, or another model"
            )
        return (
            f"expected the exported model to differ by at most {self.tolerance:g} and to agree on "
            f"every label, received a difference of {self.max_abs_diff:.3g} and "
            f"{self.label_agreement:.2%} agreement; export it with another --option, or allow "
            "more with --tolerance"
        )


def answers(
    classifier: Classifier, images: Images, batch_sizes: tuple[int, ...] = BATCH_SIZES
) -> dict[int, Probabilities]:
    """Return the probabilities of the images, uint8 (n, 28, 28), by the batch size."""
    return {size: classifier.raw_predict(images, size) for size in batch_sizes}


def compare(
    expected: dict[int, Probabilities],
    received: dict[int, Probabilities],
    tolerance: float = DEFAULT_TOLERANCE,
) -> Parity:
    """Return how far the `answers` of two classifiers to the same images agree."""
    pairs = [(expected[size], received[size]) for size in expected]
    differences = [np.abs(one - other).max() for one, other in pairs]
    agreements = [(one.argmax(1) == other.argmax(1)).mean() for one, other in pairs]
    return Parity(
        max_abs_diff=float(np.max(differences)),
        label_agreement=float(min(agreements)),
        images=len(pairs[0][0]),
        batch_sizes=tuple(expected),
        tolerance=tolerance,
    )


class ParityError(VerificationError):
    """An exported model does not equal the trained one; `proof` has the differences."""

    def __init__(self, path: Path, proof: Parity) -> None:
        super().__init__(f"{path} was not written: {proof.shortfall()}")
        self.path = path
        self.proof = proof
