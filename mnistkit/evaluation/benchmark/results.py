"""The results of a benchmark."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median

from mnistkit.core.files import size
from mnistkit.core.models.card import Card
from mnistkit.data.loading import LabelledImages
from mnistkit.errors import MnistkitError
from mnistkit.evaluation.benchmark.targets import Target
from mnistkit.evaluation.metrics import Evaluation

LARGE = 100


@dataclass(frozen=True)
class Settings:
    """How a benchmark measures.

    Args:
        rounds: How often each model is measured.
        images: Images that a model is timed on in each round.
        threads: Cores for each process; None for all.
    """

    rounds: int = 5
    images: int = 512
    threads: int | None = None


@dataclass(frozen=True)
class Round:
    """What one process measured.

    Args:
        first_answer: Seconds from the start of the process to its first answer.
        memory: Its peak memory by then, in bytes; None where the system does not tell it.
        latency_p50: Median of the latency with one image, in seconds.
        latency_p99: Its 99th percentile.
        throughput: Images per second, by batch size.
    """

    first_answer: float
    memory: int | None
    latency_p50: float
    latency_p99: float
    throughput: dict[int, float]


@dataclass
class Row:
    """A model and what was measured of it.

    Args:
        number: Counted from 1.
        target: The model.
        card: Its card; None before it was opened.
        rounds: What was measured in each round.
        evaluation: Its metrics; None for a model whose classes are not those of the dataset.
        max_abs_diff: The largest difference between its probabilities and those of the first
            model; None for the first model, and where their classes differ.
        error: Why it was not measured.
    """

    number: int
    target: Target
    card: Card | None = None
    rounds: list[Round] = field(default_factory=list)
    evaluation: Evaluation | None = None
    max_abs_diff: float | None = None
    error: MnistkitError | None = None

    @property
    def name(self) -> str:
        """The model's name."""
        return self.target.name

    @property
    def bytes(self) -> int:
        """The size of its file or folder."""
        return size(self.target.artifact)

    @property
    def first_answer(self) -> float:
        """Seconds to the first answer, the median of all rounds."""
        return median(each.first_answer for each in self.rounds)

    @property
    def memory(self) -> float | None:
        """Peak memory in bytes, the median of all rounds; None if unknown."""
        peaks = [each.memory for each in self.rounds if each.memory is not None]
        return median(peaks) if peaks else None

    @property
    def latency_p50(self) -> float:
        """Median latency in seconds, the median of all rounds."""
        return median(each.latency_p50 for each in self.rounds)

    @property
    def latency_p99(self) -> float:
        """99th percentile of the latency in seconds, the median of all rounds."""
        return median(each.latency_p99 for each in self.rounds)

    @property
    def throughput(self) -> dict[int, float]:
        """Images per second by batch size, the medians of all rounds that have it."""
        batches = sorted({batch for each in self.rounds for batch in each.throughput})
        rates = {
            batch: [each.throughput[batch] for each in self.rounds if batch in each.throughput]
            for batch in batches
        }
        return {batch: median(measured) for batch, measured in rates.items()}

    @property
    def best_batch(self) -> int:
        """The batch size with the highest throughput."""
        throughput = self.throughput
        return max(throughput, key=throughput.__getitem__)


@dataclass(frozen=True)
class Report:
    """The results of a benchmark.

    Args:
        settings: How it was measured.
        loaded: The images that the accuracy was measured on.
        rows: The models, the reference first.
    """

    settings: Settings
    loaded: LabelledImages
    rows: list[Row]

    @property
    def measured(self) -> list[Row]:
        """The models that were measured."""
        return [row for row in self.rows if row.error is None]


def rounded(value: float) -> str:
    """Return a positive number with three digits; a large one with all before its point."""
    return f"{value:.3g}" if value < LARGE else f"{value:,.0f}"
