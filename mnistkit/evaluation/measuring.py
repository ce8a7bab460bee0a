"""Opening and measuring the models that `evaluate` was asked for, with a note for each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mnistkit.cli import output
from mnistkit.errors import UsageError
from mnistkit.evaluation.results import Measured

if TYPE_CHECKING:
    # NumPy, which these bring, would slow the help of every command.
    from mnistkit.core.arrays import Split
    from mnistkit.core.models.card import Card
    from mnistkit.core.models.choice import ModelChoice
    from mnistkit.core.models.classifier import Classifier
    from mnistkit.data.loading import LabelledImages
    from mnistkit.evaluation.metrics import Evaluation
    from mnistkit.fetching.store import Store


@dataclass(frozen=True)
class Candidate:
    """An opened model, its name, and why it was chosen; `run` is the card of its run folder."""

    classifier: Classifier
    name: str
    why: str
    run: Card | None = None


def choose(model: str | None, compare: list[str]) -> list[ModelChoice]:
    """Find the models a command means, first the one that others are compared with.

    Raises:
        UsageError: There is one alone to compare.
        ModelError: What was named is no model.
    """
    from mnistkit.core.models import choice as models

    if not compare:
        return [models.choose(model)]
    first = [] if model is None else [models.choose(model)]
    choices = [*first, *(models.choose(name, "--compare") for name in compare)]
    if len(choices) == 1:
        raise UsageError(
            "expected two models or more to compare, received one; name the other with --model"
        )
    return choices


def open_candidate(choice: ModelChoice) -> Candidate:
    """Open a model that was chosen."""
    from mnistkit.core.models import run_folder
    from mnistkit.core.models.choice import name_of
    from mnistkit.prediction.opening import open_any

    classifier = open_any(choice.path)
    run = run_folder.read(choice.path).card() if choice.path.is_dir() else None
    return Candidate(classifier, name_of(classifier.path), choice.why, run)


def load(
    candidates: list[Candidate],
    name: str | None,
    split: Split,
    store: Store,
    limit: int | None,
) -> LabelledImages:
    """Load the images to measure on; without a name, as the first model was trained on."""
    from mnistkit.data.loading import load_for

    run = candidates[0].run
    card = run or candidates[0].classifier.card
    loaded = load_for(card, name, split, store, trusted=run is not None)
    return replace(loaded, images=loaded.images[:limit], class_indices=loaded.class_indices[:limit])


def measure(
    candidates: list[Candidate], loaded: LabelledImages, corruptions: bool
) -> list[Measured]:
    """Measure every model on a dataset, with corruptions or without.

    Raises:
        UsageError: One of them knows other classes than the dataset has; none is measured.
    """
    from mnistkit.evaluation import metrics

    for candidate in candidates:
        metrics.check_classes(candidate.classifier, loaded)
    measured = []
    output.note(f"dataset: {loaded.name}, {loaded.split} split")
    for candidate in candidates:
        output.note(f"model: {candidate.name} ({candidate.why})")
        _warn_of_seen_images(candidate.classifier.card, loaded)
        result = metrics.evaluate(candidate.classifier, loaded)
        _warn_of_transposed(candidate, loaded, result)
        errors = _corruption_errors(candidate.classifier, loaded) if corruptions else {}
        measured.append(Measured(candidate.name, loaded.name, loaded.split, result, errors))
    return measured


def _warn_of_seen_images(card: Card, loaded: LabelledImages) -> None:
    from mnistkit.data import overlap

    seen = overlap.overlapping(card.learned_from, loaded)
    related = overlap.related(card.learned_from, loaded)
    if seen:
        output.warning(
            f"the model was trained on {' and '.join(seen)} and has seen these images of "
            f"{loaded.name}; its results do not hold for new images"
        )
    elif related:
        output.warning(
            f"the model was trained on {' and '.join(related)}, from the same collection as "
            f"{loaded.name}, and may have seen some of these images; results may be optimistic"
        )


def _warn_of_transposed(candidate: Candidate, loaded: LabelledImages, result: Evaluation) -> None:
    from mnistkit.datasets.user_data import transposed_name
    from mnistkit.evaluation.transposition import better_transposed

    found = better_transposed(candidate.classifier, loaded, result)
    if found:
        name = transposed_name(loaded.name)
        advice = f"read them by --dataset {name}" if name else "transpose them"
        output.warning(
            f"{candidate.name} has {found.transposed_accuracy:.1%} of {found.count:,} images of "
            f"{loaded.name} right with rows and columns exchanged, and {found.accuracy:.1%} as "
            f"they are; they seem to be transposed, as EMNIST is published: {advice}"
        )


def _corruption_errors(classifier: Classifier, loaded: LabelledImages) -> dict[str, float]:
    from mnistkit.cli.progress import counted
    from mnistkit.evaluation.corruption_errors import corruption_errors
    from mnistkit.evaluation.corruptions import CORRUPTIONS

    errors = corruption_errors(classifier, loaded)
    return dict(counted(errors, len(CORRUPTIONS), "corruptions"))
