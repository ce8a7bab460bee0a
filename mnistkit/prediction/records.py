"""A prediction and its record, with the keys that JSON has everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    # These import NumPy and Pillow, which would slow the help of every command.
    import numpy as np
    from numpy.typing import NDArray

    from mnistkit.core.arrays import Images
    from mnistkit.core.models.classifier import Classifier

# An answer of less confidence is uncertain.
CERTAIN = 0.5


@dataclass(frozen=True)
class Prediction:
    """The prediction for one source.

    Args:
        source: The source's name.
        probabilities: float32 (classes,); None for a source without ink or with an error.
        error: Why the source could not be read; None if it could.
        image: The model's input, uint8 (28, 28); None for a source without ink or with an error.
        true_label: The source's label; None if unknown.
        several: Whether the source holds another digit beside this one.
    """

    source: str
    probabilities: NDArray[np.float32] | None = None
    error: str | None = None
    image: Images | None = None
    true_label: str | None = None
    several: bool = False


@dataclass(frozen=True)
class Answers:
    """The contents of a record.

    Args:
        classifier: The model.
        top: Number of labels per prediction.
        min_confidence: Lowest confidence of a label that is given, in [0, 1].
        labelled: Whether the true labels are known, and given.
    """

    classifier: Classifier
    top: int = 1
    min_confidence: float = 0.0
    labelled: bool = False


def top_labels(prediction: Prediction, answers: Answers) -> list[tuple[str | None, float | None]]:
    """Return the most probable labels with their confidence; none without probabilities.

    A label below the lowest confidence is None.
    """
    probabilities = prediction.probabilities
    if probabilities is None:
        return []
    order = (-probabilities).argsort(kind="stable")[: answers.top].tolist()
    names = answers.classifier.class_names
    return [
        (names[i] if probabilities[i] >= answers.min_confidence else None, float(probabilities[i]))
        for i in order
    ]


def is_uncertain(prediction: Prediction) -> bool:
    """Return whether an answer has too little confidence to be relied on."""
    probabilities = prediction.probabilities
    return probabilities is not None and float(probabilities.max()) < CERTAIN


def record_of(prediction: Prediction, answers: Answers) -> dict[str, Any]:
    """Return the record of a prediction: source and answer, or source and error."""
    if prediction.error is not None:
        return {"source": prediction.source, "error": prediction.error}
    ranked = [
        {"label": label, "confidence": confidence}
        for label, confidence in top_labels(prediction, answers)
    ]
    probabilities = prediction.probabilities
    return {
        "source": prediction.source,
        **(ranked[0] if ranked else {"label": None, "confidence": None}),
        **({"uncertain": True} if is_uncertain(prediction) else {}),
        "probabilities": None if probabilities is None else probabilities.tolist(),
        **({"top": ranked} if answers.top > 1 else {}),
        **({"true_label": prediction.true_label} if answers.labelled else {}),
    }
