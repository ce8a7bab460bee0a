"""What `evaluate` was asked for, and what came out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # NumPy, which this brings, would slow the help of every command.
    from mnistkit.errors import MnistkitError
    from mnistkit.evaluation.metrics import Evaluation


@dataclass(frozen=True)
class Measured:
    """A model on a dataset's split.

    Args:
        model: Its name.
        dataset: The dataset's name.
        split: Which part of it.
        evaluation: What the model reached.
        corruption_errors: The share of wrong labels under each corruption; empty where not
            measured.
    """

    model: str
    dataset: str
    split: str
    evaluation: Evaluation
    corruption_errors: dict[str, float]

    @property
    def mean_error(self) -> float:
        """Mean error over all corruptions; they must have been measured."""
        return fmean(self.corruption_errors.values())


@dataclass(frozen=True)
class Failure:
    """A dataset that could not be measured, with the reason."""

    dataset: str
    split: str
    error: MnistkitError


@dataclass(frozen=True)
class Report:
    """The results of all models on all datasets.

    Args:
        models: Their names, first the one that others are compared with.
        datasets: How many were asked for.
        outcomes: For each dataset what every model reached on it, or why none did.
    """

    models: tuple[str, ...]
    datasets: int
    outcomes: list[list[Measured] | Failure] = field(default_factory=list)

    @property
    def is_single(self) -> bool:
        """Whether there is one model and one dataset."""
        return len(self.models) == self.datasets == 1

    @property
    def is_comparison(self) -> bool:
        """Whether several models are compared."""
        return len(self.models) > 1

    @property
    def places(self) -> tuple[str, ...]:
        """The heading of the columns that identify a table's row."""
        if not self.is_comparison:
            return ("dataset",)
        return ("model", "dataset") if self.datasets > 1 else ("model",)

    def place(self, number: int, measured: Measured) -> tuple[str, ...]:
        """Return the cells of these columns for a model's number, from 1."""
        cells = {"model": str(number), "dataset": measured.dataset}
        return tuple(cells[column] for column in self.places)

    @property
    def groups(self) -> list[list[Measured]]:
        """The results of all models, one list for each measured dataset."""
        return [outcome for outcome in self.outcomes if not isinstance(outcome, Failure)]

    @property
    def measured(self) -> list[Measured]:
        """All results in one list."""
        return [measured for group in self.groups for measured in group]

    @property
    def numbered(self) -> Iterator[tuple[int, Measured]]:
        """All results with the number of each model, from 1."""
        return (pair for group in self.groups for pair in enumerate(group, start=1))

    @property
    def failures(self) -> list[Failure]:
        """The datasets that could not be measured."""
        return [outcome for outcome in self.outcomes if isinstance(outcome, Failure)]
