"""Proving that an exported model equals the one it was exported from."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from mnistkit.core.arrays import Images, Probabilities
from mnistkit.core.models.classifier import Classifier
from mnistkit.errors import VerificationError

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
        tolerance: Largest absolute difference allowed; no relative difference is.
    """

    max_abs_diff: float
    label_agreement: float
    images: int
    batch_sizes: tuple[int, ...]
    tolerance: float

    @property
    def passed(self) -> bool:
        """Whether they are equal: close everywhere, and every label the same."""
        # Written so that a NaN fails.
        return self.max_abs_diff <= self.tolerance and self.label_agreement == 1.0


def answers(classifier: Classifier, images: Images) -> list[Probabilities]:
    """Return the probabilities of the images, uint8 (n, 28, 28), for each batch size."""
    return [classifier.raw_predict(images, batch_size) for batch_size in BATCH_SIZES]


def compare(
    expected: list[Probabilities],
    received: list[Probabilities],
    tolerance: float = DEFAULT_TOLERANCE,
) -> Parity:
    """Return how far the `answers` of two classifiers to the same images agree."""
    pairs = list(zip(expected, received, strict=True))
    differences = [np.abs(one - other).max() for one, other in pairs]
    agreements = [(one.argmax(1) == other.argmax(1)).mean() for one, other in pairs]
    return Parity(
        max_abs_diff=float(np.max(differences)),
        label_agreement=float(min(agreements)),
        images=len(expected[0]),
        batch_sizes=BATCH_SIZES,
        tolerance=tolerance,
    )


class ParityError(VerificationError):
    """An exported model does not equal the trained one; `proof` has the differences."""

    def __init__(self, path: Path, proof: Parity) -> None:
        advice = (
            "export it with another --option, or allow more with --tolerance"
            if math.isfinite(proof.max_abs_diff)
            else "its probabilities are not numbers: train it again with a lower --learning-rate"
        )
        super().__init__(
            f"{path} was not written: expected the exported model to differ by at most "
            f"{proof.tolerance:g} and to agree on every label, received a difference of "
            f"{proof.max_abs_diff:.3g} and {proof.label_agreement:.2%} agreement; {advice}"
        )
        self.path = path
        self.proof = proof
