"""How far long work is, told to whoever shows it."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from mnistkit.core.arrays import Images, Probabilities
from mnistkit.core.models.classifier import Classifier


class Progress(Protocol):
    """Receives how far a work of several stages is."""

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        """A stage begins.

        Args:
            name: What is done, such as `opening digits.onnx`.
            total: How much there is to do; None if unknown.
            unit: What is counted, such as `images`.
        """

    def advance(self, count: float = 1) -> None:
        """As much more of the stage is done."""


class Silent:
    """Shows nothing."""

    def stage(self, name: str, total: int | None = None, unit: str = "") -> None:
        """Do nothing."""

    def advance(self, count: float = 1) -> None:
        """Do nothing."""


SILENT = Silent()


def counted(classifier: Classifier, progress: Progress) -> Classifier:
    """Return a classifier that tells how many images it has predicted, after each batch."""

    def infer(images: Images) -> Probabilities:
        rows = classifier.infer(images)
        progress.advance(len(images))
        return rows

    return replace(classifier, infer=infer)
