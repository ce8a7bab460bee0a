"""The metrics that a run records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mnistkit.core.models.classifier import Classifier
from mnistkit.data.holdout import Examples
from mnistkit.data.loading import LabelledImages
from mnistkit.evaluation.metrics import Evaluation


def measure(classifier: Classifier, examples: Examples) -> dict[str, Any]:
    """Return accuracy, mean negative log-likelihood (the loss) and count, with dropout off."""
    probabilities = classifier.raw_predict(examples.images)
    result = Evaluation(classifier.class_names, probabilities, examples.class_indices)
    return {"accuracy": result.accuracy, "nll": result.nll, "count": result.count}


def final_metrics(
    classifier: Classifier, parts: Mapping[str, Examples], test: LabelledImages
) -> dict[str, Any]:
    """Return the metrics of all parts that have images and of the test split, used only here."""
    measured = {**parts, "test": Examples(test.images, test.class_indices)}
    first = classifier.raw_predict(test.images[:1])[0].argmax()
    return {
        **{name: measure(classifier, part) for name, part in measured.items() if len(part)},
        "first_test_image": {
            "label": classifier.class_names[test.class_indices[0]],
            "predicted": classifier.class_names[first],
        },
    }
