"""Proving that an exported model equals the one it was exported from."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mnistkit.contracts import Images
from mnistkit.core.model import Classifier

BATCH_SIZES = (1, 7, 256)
PROOF_IMAGES = 1000
DEFAULT_TOLERANCE = 1e-5


@dataclass(frozen=True)
class Parity:
    """How far two classifiers agree, the worst over all batch sizes.

    Args:
        max_abs_diff: Largest absolute difference of two probabilities; NaN where one is.
        label_agreement: Share of the images with the same label.
        images: How many were compared.
        batch_sizes: In which batches.
        tolerance: The largest difference allowed; the relative one is 0.
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


def compare(
    reference: Classifier,
    candidate: Classifier,
    images: Images,
    tolerance: float = DEFAULT_TOLERANCE,
) -> Parity:
    """Run both on the same images, uint8 (n, 28, 28), in batches of several sizes."""
    differences, agreements = [], []
    for batch_size in BATCH_SIZES:
        expected = reference.predict(images, batch_size)
        received = candidate.predict(images, batch_size)
        differences.append(float(np.abs(expected - received).max()))
        agreements.append(float((expected.argmax(1) == received.argmax(1)).mean()))
    return Parity(
        max_abs_diff=float(np.max(differences)),
        label_agreement=min(agreements),
        images=len(images),
        batch_sizes=BATCH_SIZES,
        tolerance=tolerance,
    )
