"""`mnistkit evaluate --ray`."""

from __future__ import annotations

from mnistkit.cli import output
from mnistkit.cli.on_ray import COLUMN, RayRequest, answer_on_ray
from mnistkit.core.arrays import Split
from mnistkit.core.models.choice import ModelChoice, name_of
from mnistkit.evaluation.results import Measured, Report

TAKEN = ("named", "model", "dataset", "split", "format", "ray", "ray_output")
"""The parameters of `evaluate` that it takes."""

# Half a second to a minute of one core.
PART_SIZE = 1000


def evaluate_on_ray(
    request: RayRequest, choice: ModelChoice, dataset: str | None, split: Split
) -> Report:
    """Return the results of a model on a folder of labelled pictures, which Ray answers for."""
    from mnistkit.evaluation.measuring import warn_of_seen_images
    from mnistkit.evaluation.metrics import check_classes
    from mnistkit.evaluation.on_ray import Measure, evaluation_of, find_folder
    from mnistkit.prediction.on_ray.parts import Division
    from mnistkit.prediction.on_ray.shipping import Shipped
    from mnistkit.prediction.opening import open_served

    classifier = open_served(choice.path, threads=1)
    found = find_folder(dataset, split)
    check_classes(classifier, found.loaded)
    warn_of_seen_images(classifier.card, found.loaded)
    model = Shipped.of_classifier(classifier)
    task = Measure.of(found, model)
    settings = {
        "command": "evaluate",
        "model": model.checksum(),
        "--dataset": found.loaded.name,
        "--split": split,
    }
    answered = answer_on_ray(request, task, found.files, Division(PART_SIZE, COLUMN), settings)
    if answered.unread:
        output.warning(answered.unread)
    evaluation = evaluation_of(answered.folder, found.loaded)
    name = name_of(classifier.path)
    measured = Measured(1, name, found.loaded.name, split, evaluation, {})
    return Report((name,), 1, [[measured]])
