"""What a training is asked to be, and what that comes to."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from mnistkit.contracts import Recipe, Schedule
from mnistkit.errors import UsageError


@dataclass(frozen=True)
class Request:
    """What a user asks for; None leaves it to the architecture's recipe.

    Args:
        architecture: Its name.
        dataset: Its name, None for the default one.
        epochs: At least 1.
        batch_size: At least 1.
        learning_rate: Above 0.
        dropout: In [0, 1).
        validation: Share of the training images that only validates, in [0, 1).
        limit: How many training images to take from the front, None for all.
        seed: Of everything that is random.
        output: The run folder.
        export: Whether the finished model is exported, too.
    """

    architecture: str = "cnn"
    dataset: str | None = None
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    dropout: float | None = None
    validation: float = 0.1
    limit: int | None = None
    seed: int = 0
    output: Path | None = None
    export: bool = True


@dataclass(frozen=True)
class Settings:
    """All that decides what a training ends with, besides the machine; see `Request`."""

    architecture: str
    dataset: str
    epochs: int
    batch_size: int
    learning_rate: float
    dropout: float
    schedule: Schedule
    augmentation: str
    validation: float
    limit: int | None
    seed: int
    export: bool

    def command(self) -> str:
        """The command that trains so; the rest is the architecture's recipe."""
        given = {
            "architecture": self.architecture,
            "dataset": self.dataset,
            "epochs": self.epochs,
            "batch-size": self.batch_size,
            "learning-rate": self.learning_rate,
            "dropout": self.dropout,
            "validation": self.validation,
            "limit": self.limit,
            "seed": self.seed,
        }
        words = [f"--{name} {value}" for name, value in given.items() if value is not None]
        return " ".join(["mnistkit train", *words])


def from_request(request: Request, recipe: Recipe, dataset: str) -> Settings:
    """Fill in from the recipe what was not asked for."""
    asked = {name: value for name, value in asdict(request).items() if value is not None}
    values = {"limit": None, **asdict(recipe), **asked, "dataset": dataset}
    return Settings(**{field.name: values[field.name] for field in fields(Settings)})


def from_record(values: Any) -> Settings:
    """Read the settings a run recorded.

    Raises:
        TypeError, ValueError: They are not what was recorded.
    """
    settings = Settings(**values)
    counts = (settings.epochs, settings.batch_size, settings.limit or 1)
    if not all(isinstance(count, int) and count > 0 for count in counts):
        raise ValueError(f"epochs, batch_size and limit are {counts}")
    if not 0 <= settings.validation < 1 or not isinstance(settings.seed, int):
        raise ValueError(f"validation is {settings.validation!r}, seed {settings.seed!r}")
    return settings


def to_resume(recorded: Settings, done: int, last_epoch: int | None) -> Settings:
    """Return the settings a run goes on with.

    Args:
        recorded: What it began with.
        done: How many epochs it has learned.
        last_epoch: Another number of epochs to end with, None for the recorded one.

    Raises:
        UsageError: The epochs can't be changed so.
    """
    if last_epoch is None or last_epoch == recorded.epochs:
        return recorded
    if recorded.schedule != "constant":
        raise UsageError(
            f"expected no --epochs: the {recorded.schedule} schedule was laid over "
            f"{recorded.epochs}, received {last_epoch}; start a new run"
        )
    if last_epoch < done:
        raise UsageError(
            f"expected at least the {done} epochs that are done, received --epochs {last_epoch}; "
            "start a new run"
        )
    return replace(recorded, epochs=last_epoch)
