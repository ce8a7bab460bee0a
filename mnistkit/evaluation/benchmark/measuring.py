"""Measuring models side by side, each in processes of its own, one at a time."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from mnistkit.core.arrays import Probabilities
from mnistkit.core.models.card import Card
from mnistkit.data import loading
from mnistkit.data.loading import LabelledImages
from mnistkit.errors import MnistkitError, ModelError
from mnistkit.evaluation.benchmark.process import ask, bound_to
from mnistkit.evaluation.benchmark.results import Report, Round, Row, Settings
from mnistkit.evaluation.benchmark.targets import Target
from mnistkit.evaluation.measuring import warn_of_seen_images
from mnistkit.evaluation.metrics import Evaluation
from mnistkit.fetching.store import Store

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Source:
    """Where the images for the accuracy come from.

    Args:
        dataset: Its name; None for the one that the first model was trained on, or the bundled
            sample if that can't be loaded.
        store: Finds its files.
        limit: Use the first images only.
    """

    dataset: str | None
    store: Store
    limit: int | None = None


def benchmark(targets: list[Target], source: Source, settings: Settings) -> Report:
    """Return what was measured of every model.

    Raises:
        ModelError: None of the models can be measured.
        DatasetError: The named dataset can't be loaded.
        UsageError: There are not as many cores.
    """
    rows = [Row(number, target) for number, target in enumerate(targets, start=1)]
    with bound_to(settings.threads), TemporaryDirectory() as folder:
        _open(rows)
        loaded = _load(_left(rows)[0], source)
        images = Path(folder) / "images.npy"
        np.save(images, loaded.images)
        _compare(rows, loaded, images)
        for number in range(1, settings.rounds + 1):
            logger.info("round %d of %d", number, settings.rounds)
            for row in _left(rows):
                with _others_go_on(row):
                    row.rounds.append(_round(row.target, images, settings.images))
        _left(rows)
    return Report(settings, loaded, rows)


def _left(rows: list[Row]) -> list[Row]:
    """Return the models without an error.

    Raises:
        ModelError: There is none.
    """
    left = [row for row in rows if row.error is None]
    if not left:
        raise ModelError(
            "expected a model that can be measured, received none; the errors above say what each "
            "needs"
        )
    return left


@contextmanager
def _others_go_on(row: Row) -> Iterator[None]:
    """Report and record the error of a model, which is not measured any more."""
    try:
        yield
    except MnistkitError as error:
        logger.error("model %d: %s", row.number, error)  # noqa: TRY400 - one line
        row.error = error


def _open(rows: list[Row]) -> None:
    """Open each model once, so that its files are in memory, and read its card."""
    for row in rows:
        logger.info("model: %s (%s)", row.name, row.target.why)
        with _others_go_on(row):
            row.card = Card.from_json(ask("card", row.target.path).result["card"])


def _load(row: Row, source: Source) -> LabelledImages:
    """Return the images for the accuracy."""
    if source.dataset is None and row.card is not None:
        trusted = row.target.is_run
        loaded = loading.load_own_test(row.card, source.store, trusted=trusted)
    else:
        loaded = loading.load_split(source.dataset, "test", source.store)
    logger.info("dataset: %s, %s split", loaded.name, loaded.split)
    limit = source.limit
    return replace(loaded, images=loaded.images[:limit], class_indices=loaded.class_indices[:limit])


def _compare(rows: list[Row], loaded: LabelledImages, images: Path) -> None:
    """Measure the accuracy of each model, and its difference from the first one."""
    answers: dict[int, Probabilities] = {}
    for row in _left(rows):
        with _others_go_on(row):
            answers[row.number] = _answers(row.target, images)
    _warn_of_seen_images(_left(rows), loaded)
    for row in _left(rows):
        _evaluate(row, loaded, answers[row.number])
        if row is not rows[0] and rows[0].error is None:
            _differ(row, rows[0], answers)


def _answers(target: Target, images: Path) -> Probabilities:
    output = images.with_name("answers.npy")
    ask("answers", target.path, str(images), str(output))
    probabilities: Probabilities = np.load(output, allow_pickle=False)
    return probabilities


def _warn_of_seen_images(rows: list[Row], loaded: LabelledImages) -> None:
    """Warn of models that have seen the images, once for all with the same origin."""
    cards = {row.card.learned_from: row.card for row in rows if row.card}
    for card in cards.values():
        warn_of_seen_images(card, loaded)


def _evaluate(row: Row, loaded: LabelledImages, probabilities: Probabilities) -> None:
    names = row.card.class_names if row.card else ()
    if names == loaded.dataset.class_names:
        row.evaluation = Evaluation(names, probabilities, loaded.class_indices)
        return
    logger.warning(
        "model %d has other classes than %s; its accuracy is not measured", row.number, loaded.name
    )


def _differ(row: Row, first: Row, answers: dict[int, Probabilities]) -> None:
    if row.card and first.card and row.card.class_names == first.card.class_names:
        difference = answers[row.number] - answers[first.number]
        row.max_abs_diff = float(np.abs(difference).max())
        return
    logger.warning(
        "model %d has other classes than model 1; their difference is not measured", row.number
    )


def _round(target: Target, images: Path, count: int) -> Round:
    """Return what a new process measures."""
    answer = ask("times", target.path, str(images), str(count))
    times = answer.result
    return Round(
        first_answer=answer.first_answer,
        memory=answer.memory,
        latency_p50=times["latency_p50"],
        latency_p99=times["latency_p99"],
        # JSON has text as keys.
        throughput={int(size): rate for size, rate in times["throughput"].items()},
    )
