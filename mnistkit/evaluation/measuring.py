"""Opening and measuring the models of `evaluate`, with notes and warnings."""

from __future__ import annotations

import logging
import shlex
from dataclasses import dataclass, replace

from mnistkit.core.arrays import Split
from mnistkit.core.models import choice as models
from mnistkit.core.models import run_folder
from mnistkit.core.models.card import Card
from mnistkit.core.models.choice import ModelChoice
from mnistkit.core.models.classifier import Classifier
from mnistkit.core.progress import SILENT, Progress
from mnistkit.data import loading, overlap
from mnistkit.data.loading import LabelledImages
from mnistkit.datasets.places import transposed_name
from mnistkit.errors import UsageError
from mnistkit.evaluation import metrics
from mnistkit.evaluation.corruptions import CORRUPTIONS, corruption_errors
from mnistkit.evaluation.metrics import Evaluation
from mnistkit.evaluation.results import Measured
from mnistkit.evaluation.transposition import better_transposed
from mnistkit.fetching.store import Store
from mnistkit.prediction.opening import is_run, open_any

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Candidate:
    """An opened model, its name, why it was chosen, and the card of its run folder, if any."""

    classifier: Classifier
    name: str
    why: str
    run: Card | None = None


def choose(model: str | None, compare: list[str], named_by: str = "--model") -> list[ModelChoice]:
    """Return the models to measure, the reference first.

    Args:
        model: The name of the first model; None for the usual one, or without a first one.
        compare: The names of the others.
        named_by: What named the first model.

    Raises:
        UsageError: There is only one model to compare.
        ModelError: A name is not a model's.
    """
    if not compare:
        return [models.choose(model, named_by)]
    first = [] if model is None else [models.choose(model, named_by)]
    choices = [*first, *(models.choose(name, "--compare") for name in compare)]
    if len(choices) == 1:
        raise UsageError(
            "expected two models or more to compare, received one; name the other with --model"
        )
    return choices


def open_candidate(choice: ModelChoice) -> Candidate:
    """Open a model that was chosen."""
    classifier = open_any(choice.path)
    run = run_folder.read(choice.path).card() if is_run(choice.path) else None
    return Candidate(classifier, models.name_of(classifier.path), choice.why, run)


def load(
    candidates: list[Candidate],
    name: str | None,
    split: Split,
    store: Store,
    limit: int | None,
) -> LabelledImages:
    """Return the images to measure on; without a name, of the first model's dataset.

    Raises:
        UsageError: The card of a model that is not a run names files.
    """
    run = candidates[0].run
    card = run or candidates[0].classifier.card
    if name is None and run is None and not loading.may_choose(card):
        raise UsageError(
            f"expected a --dataset, received none: the model names {card.dataset}, and files that "
            f"only a model names are not opened; add --dataset {shlex.quote(str(card.dataset))}, "
            "or another one"
        )
    own = card.dataset if card.dataset != loading.DEFAULT else None
    loaded = loading.load_split(name or own, split, store)
    return replace(loaded, images=loaded.images[:limit], class_indices=loaded.class_indices[:limit])


def measure(
    candidates: list[Candidate],
    loaded: LabelledImages,
    progress: Progress = SILENT,
    *,
    corruptions: bool = False,
) -> list[Measured]:
    """Return the results of every model on a dataset.

    Args:
        candidates: The models.
        loaded: The images.
        progress: Is told of each image.
        corruptions: Whether to measure under corruptions, too.

    Raises:
        UsageError: A model has other classes than the dataset; none is measured.
    """
    for candidate in candidates:
        metrics.check_classes(candidate.classifier, loaded)
    measured, count = [], len(loaded.images)
    logger.info("dataset: %s, %s split", loaded.name, loaded.split)
    for number, candidate in enumerate(candidates, start=1):
        logger.info("model: %s (%s)", candidate.name, candidate.why)
        warn_of_seen_images(candidate.classifier.card, loaded)
        which = f"model {number} of {len(candidates)}" if len(candidates) > 1 else "measuring"
        progress.stage(f"{which} on {loaded.name}", count, "images")
        result = metrics.evaluate(candidate.classifier, loaded, progress)
        _warn_of_transposed(candidate, loaded, result)
        errors: dict[str, float] = {}
        if corruptions:
            total = count * len(CORRUPTIONS)
            progress.stage(f"{which} on {loaded.name}, corrupted", total, "images")
            errors = corruption_errors(candidate.classifier, loaded, progress)
        name, split = loaded.name, loaded.split
        measured.append(Measured(number, candidate.name, name, split, result, errors))
    return measured


def warn_of_seen_images(card: Card, loaded: LabelledImages) -> None:
    """Warn if a model was trained on images of the split, or may have been."""
    seen = overlap.overlapping(card.learned_from, loaded)
    related = overlap.related(card.learned_from, loaded)
    if seen:
        logger.warning(
            "the model was trained on %s and has seen these images of %s; its results do not hold "
            "for new images",
            " and ".join(map(overlap.label, seen)),
            loaded.name,
        )
    elif related:
        logger.warning(
            "the model was trained on %s, from the same collection as %s, and may have seen some "
            "of these images; results may be optimistic",
            " and ".join(map(overlap.label, related)),
            loaded.name,
        )


def _warn_of_transposed(candidate: Candidate, loaded: LabelledImages, result: Evaluation) -> None:
    found = better_transposed(candidate.classifier, loaded, result)
    if found:
        name = transposed_name(loaded.name)
        advice = f"read them with --dataset {name}" if name else "transpose them"
        logger.warning(
            "the images of %s seem to be transposed, as EMNIST is published: the accuracy of %s is "
            "%s on %s of them, and %s with rows and columns exchanged; %s",
            loaded.name,
            candidate.name,
            f"{found.accuracy:.1%}",
            f"{found.count:,}",
            f"{found.transposed_accuracy:.1%}",
            advice,
        )
