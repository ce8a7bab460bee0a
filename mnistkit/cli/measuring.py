"""Opening and measuring the models that `evaluate` was asked for, with a note for each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from mnistkit.cli import output
from mnistkit.cli.report import Measured
from mnistkit.errors import UsageError

if TYPE_CHECKING:
    # NumPy, which these bring, would slow the help of every command.
    from mnistkit.contracts import Card, Split
    from mnistkit.core.classifier import Classifier
    from mnistkit.core.data import LabelledImages
    from mnistkit.core.evaluation import Evaluation
    from mnistkit.core.model import ModelChoice
    from mnistkit.datasets.store import Store


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
    from mnistkit.core import model as models

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
    from mnistkit.core import runs
    from mnistkit.core.model import name_of, open_any

    classifier = open_any(choice.path)
    run = runs.read(choice.path).card() if choice.path.is_dir() else None
    return Candidate(classifier, name_of(classifier.path), choice.why, run)


def load(
    candidates: list[Candidate],
    name: str | None,
    split: Split,
    store: Store,
    limit: int | None,
) -> LabelledImages:
    """Load the images to measure on; without a name, as the first model was trained on."""
    from mnistkit.core.data import load_for

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
    from mnistkit.core import evaluation

    for candidate in candidates:
        evaluation.check_classes(candidate.classifier, loaded)
    measured = []
    output.note(f"dataset: {loaded.name}, {loaded.split} split")
    for candidate in candidates:
        output.note(f"model: {candidate.name} ({candidate.why})")
        _warn_of_seen_images(candidate.classifier.card, loaded)
        result = evaluation.evaluate(candidate.classifier, loaded)
        _warn_of_transposed(candidate, loaded, result)
        errors = _corruption_errors(candidate.classifier, loaded) if corruptions else {}
        measured.append(Measured(candidate.name, loaded.name, loaded.split, result, errors))
    return measured


def _warn_of_seen_images(card: Card, loaded: LabelledImages) -> None:
    from mnistkit.core import lineage

    seen = lineage.overlapping(card.learned_from, loaded)
    related = lineage.related(card.learned_from, loaded)
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
    from mnistkit.core.orientation import better_transposed
    from mnistkit.datasets.own import transposed_name

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
    from mnistkit.core.corruptions import CORRUPTIONS
    from mnistkit.core.robustness import corruption_errors

    errors = corruption_errors(classifier, loaded)
    return dict(counted(errors, len(CORRUPTIONS), "corruptions"))
