"""The metrics that a run records."""

from __future__ import annotations

from collections.abc import Mapping

from mnistkit.core.models.classifier import Classifier
from mnistkit.core.models.record import FirstImage, Measures, Metrics
from mnistkit.data.holdout import Examples
from mnistkit.data.loading import LabelledImages
from mnistkit.evaluation.metrics import Evaluation


def measure(classifier: Classifier, examples: Examples) -> Measures:
    """Return accuracy, mean negative log-likelihood (the loss) and count, with dropout off."""
    probabilities = classifier.raw_predict(examples.images)
    result = Evaluation(classifier.class_names, probabilities, examples.class_indices)
    return Measures(result.accuracy, result.nll, result.count)


def final_metrics(
    classifier: Classifier,
    parts: Mapping[str, Examples],
    test: LabelledImages,
    temperature: float | None,
) -> Metrics:
    """Return the metrics of all parts that have images and of the test split, used only here.

    Args:
        classifier: The finished model.
        parts: `train` and `validation`, or one or none of them.
        test: The test split.
        temperature: The divisor of the model's logits; None for a model without one.
    """
    first = classifier.raw_predict(test.images[:1])[0].argmax()
    return Metrics(
        **{name: measure(classifier, part) for name, part in parts.items() if len(part)},
        test=measure(classifier, Examples(test.images, test.class_indices)),
        first_test_image=FirstImage(
            label=classifier.class_names[test.class_indices[0]],
            predicted=classifier.class_names[first],
        ),
        temperature=temperature,
    )
