"""`mnistkit predict --ray`."""

from __future__ import annotations

from collections.abc import Iterable

from mnistkit.cli.on_ray import RayRequest, answer_on_ray
from mnistkit.core.models.classifier import Classifier

TAKEN = (
    *("pictures", "files_from", "null", "model", "top", "min_confidence"),
    *("format", "ray", "ray_output", "column"),
)
"""The parameters of `predict` that it takes."""

# Half a second to a minute of one core.
PART_SIZE = 1000


def predict_on_ray(
    request: RayRequest,
    classifier: Classifier,
    sources: Iterable[str],
    column: str,
    *,
    top: int,
    min_confidence: float,
) -> None:
    """Answer for pictures on Ray with the files of an opened model."""
    from mnistkit.prediction.on_ray.parts import Division
    from mnistkit.prediction.on_ray.shipping import Shipped
    from mnistkit.prediction.on_ray.tasks import Predict

    model = Shipped.of_classifier(classifier)
    top = min(top, len(classifier.class_names))
    task = Predict(model, top, min_confidence)
    settings = {
        "command": "predict",
        "model": model.checksum(),
        "--top": top,
        "--min-confidence": min_confidence,
    }
    division = Division(PART_SIZE, column)
    answer_on_ray(request, task, sources, division, settings).check()
