"""The results of `evaluate`."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import fmean

from mnistkit.errors import MnistkitError
from mnistkit.evaluation.metrics import Evaluation


@dataclass(frozen=True)
class Measured:
    """The results of a model on a split.

    Args:
        number: Counted from 1, as `evaluate` prints its models.
        model: The model's name.
        dataset: The dataset's name.
        split: The split.
        evaluation: The metrics.
        corruption_errors: Error rate under each corruption, in [0, 1]; empty if not measured.
    """

    number: int
    model: str
    dataset: str
    split: str
    evaluation: Evaluation
    corruption_errors: dict[str, float]

    @property
    def mean_error(self) -> float:
        """The mean error rate over all corruptions, which must have been measured."""
        return fmean(self.corruption_errors.values())


@dataclass(frozen=True)
class Failure:
    """A dataset on which the models could not be measured, with the reason."""

    dataset: str
    split: str
    error: MnistkitError


@dataclass(frozen=True)
class Report:
    """The results of all models on all datasets.

    Args:
        models: Names of the models, the reference first.
        datasets: Number of datasets.
        outcomes: For each dataset the results of every model, or the failure.
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

    def place(self, measured: Measured) -> tuple[str, ...]:
        """Return the cells of `places` for a result."""
        cells = {"model": str(measured.number), "dataset": measured.dataset}
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
    def failures(self) -> list[Failure]:
        """The datasets that could not be measured."""
        return [outcome for outcome in self.outcomes if isinstance(outcome, Failure)]
