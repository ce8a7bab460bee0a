"""The proof that an exported page reader equals the Keras model it was made from."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.errors import VerificationError
from mnistkit.reading.detection import Answer, Marks, decode, padded
from mnistkit.reading.learning.learner import answering
from mnistkit.reading.reader import Reader

TOLERANCE = 1e-3
"""The largest difference of two outputs that count as equal."""


@dataclass(frozen=True)
class ReaderProof:
    """Agreement of an exported page reader and its Keras model.

    Args:
        max_abs_diff: Largest absolute difference of two outputs; NaN if one is NaN.
        same_marks: Share of the pages on which both find the same marks and labels.
        pages: Number of pages compared.
        tolerance: The largest difference that is accepted.
    """

    max_abs_diff: float
    same_marks: float
    pages: int
    tolerance: float = TOLERANCE

    @property
    def passed(self) -> bool:
        """Whether both are equal within the tolerance."""
        # Written so that a NaN fails.
        return self.max_abs_diff <= self.tolerance and self.same_marks == 1.0


def prove(model: Any, reader: Reader, pages: Iterable[GreyPicture]) -> ReaderProof:
    """Return the proof that an exported reader equals its Keras model on pages of any size.

    Args:
        model: The trained Keras model.
        reader: The exported reader.
        pages: uint8 (height, width) each.

    Raises:
        VerificationError: They are not equal.
    """
    answer = answering(model)
    differences, same = [], []
    for page in pages:
        expected, received = answer(padded(page)), reader.answer(page)
        differences.append(max(_difference(expected, received, name) for name in expected))
        same.append(_are_same(decode(expected), decode(received)))
    proof = ReaderProof(float(np.max(differences)), float(np.mean(same)), len(same))
    if not proof.passed:
        raise VerificationError(_described(proof, reader.path))
    return proof


def _difference(expected: Answer, received: Answer, name: str) -> float:
    return float(np.abs(expected[name] - received[name]).max())


def _are_same(one: Marks, other: Marks) -> bool:
    """Return whether two lists hold the same marks, in any order."""
    return len(one) == len(other) and sorted(_names(one)) == sorted(_names(other))


def _names(marks: Marks) -> list[tuple[int, int, int]]:
    middles = np.rint(marks.boxes[:, :2] + marks.boxes[:, 2:] / 2).astype(int)
    labels = np.where(marks.is_digit, marks.classes.argmax(axis=1), -1)
    return [(int(x), int(y), int(label)) for (x, y), label in zip(middles, labels, strict=True)]


def _described(proof: ReaderProof, path: Path) -> str:
    return (
        f"{path} was not written: expected the exported reader to differ by at most "
        f"{proof.tolerance:g} and to find the same marks on every page, received a difference of "
        f"{proof.max_abs_diff:.3g} and {proof.same_marks:.2%} of the pages; train it again"
    )
