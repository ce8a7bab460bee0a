"""Long names of many classes, cut for a page that stays small."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TypedDict

from mnistkit.core.models.card import Card
from mnistkit.evaluation.results import Failure, Report

MOST_CHARACTERS = 50_000
"""Of the names of all classes together."""

FEWEST_CHARACTERS = 16
"""What is left of a name, about."""


class Shortened(TypedDict):
    """Results and cards with names that are short enough."""

    report: Report
    cards: Sequence[Card]


def shortened(report: Report, cards: Sequence[Card]) -> Shortened:
    """Return results and cards whose names have no more characters than a page has room for."""
    outcomes = [
        outcome
        if isinstance(outcome, Failure)
        else [
            replace(
                each,
                evaluation=replace(
                    each.evaluation, class_names=_short(each.evaluation.class_names)
                ),
            )
            for each in outcome
        ]
        for outcome in report.outcomes
    ]
    return {
        "report": replace(report, outcomes=outcomes),
        "cards": [replace(card, class_names=_short(card.class_names)) for card in cards],
    }


def _short(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return the names, without their middle if they are too long together."""
    if sum(map(len, names)) <= MOST_CHARACTERS:
        return names
    half = max(FEWEST_CHARACTERS, MOST_CHARACTERS // len(names)) // 2
    cut = [name if len(name) <= 2 * half else f"{name[:half]}...{name[-half:]}" for name in names]
    if len(set(cut)) == len(cut):
        return tuple(cut)
    return tuple(f"{name} ({index})" for index, name in enumerate(cut))
