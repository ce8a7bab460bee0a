"""What a training is asked to be, and what that comes to."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path

from mnistkit.core import checks, plugin_options
from mnistkit.core.models.record_fields import SETTINGS
from mnistkit.core.models.run_folder import RECORD_FILE, Run
from mnistkit.core.recipe import Optimizer, Options, Schedule, Strength
from mnistkit.errors import MnistkitError, ModelError, PluginError, UsageError
from mnistkit.plugin_types import Architecture


@dataclass(frozen=True)
class Request:
    """What a user asks for; None leaves it to the architecture's recipe.

    Args:
        architecture: Its name; None for that of `init`, or the default one.
        dataset: Its name, None for the default one.
        epochs: At least 1.
        batch_size: At least 1.
        learning_rate: Above 0.
        dropout: In [0, 1).
        schedule: As in `Recipe`; the same holds for the five that follow.
        optimizer: One of its names.
        momentum: In [0, 1).
        weight_decay: At least 0.
        ema: In [0, 1).
        label_smoothing: In [0, 1).
        augmentation: One of its names.
        options: The architecture's own, by name; what is not there has its default.
        init: The run or `.keras` file whose weights to begin with, or `bundled`.
        validation: Share of the training images that only validates, in [0, 1); None for the
            usual one, or for the validation images that the dataset has.
        limit: How many training images to take from the front, None for all.
        seed: Of everything that is random.
        output: The run folder.
        export: Whether the finished model is exported, too.
    """

    architecture: str | None = None
    dataset: str | None = None
    epochs: int | None = None
    batch_size: int | None = None
    learning_rate: float | None = None
    dropout: float | None = None
    schedule: Schedule | None = None
    optimizer: Optimizer | None = None
    momentum: float | None = None
    weight_decay: float | None = None
    ema: float | None = None
    label_smoothing: float | None = None
    augmentation: Strength | None = None
    options: Options = field(default_factory=dict)
    init: str | None = None
    validation: float | None = None
    limit: int | None = None
    seed: int = 0
    output: Path | None = None
    export: bool = True


@dataclass(frozen=True)
class Settings:
    """All that decides what a training ends with, besides the machine; see `Request`.

    Where `validation` is None, the dataset's own validation images validate.
    """

    architecture: str
    dataset: str
    epochs: int
    batch_size: int
    learning_rate: float
    dropout: float
    schedule: Schedule
    augmentation: Strength
    validation: float | None
    limit: int | None
    seed: int
    export: bool
    optimizer: Optimizer
    momentum: float
    weight_decay: float
    ema: float
    label_smoothing: float
    options: Options
    init: str | None

    @property
    def held_out_by(self) -> tuple[int | None, float, int] | None:
        """What decides which training images only validate; None where none of them do."""
        return (self.limit, self.validation, self.seed) if self.validation else None

    def command(self) -> str:
        """The command that trains so, with every choice spelled out."""
        return shlex.join(["mnistkit", "train", *self._words()])

    def _words(self) -> Iterator[str]:
        for name, value in asdict(self).items():
            match name, value:
                case "export", _:
                    if not value:
                        yield "--no-export"
                case "options", _:
                    for option, chosen in value.items():
                        yield from ("--option", f"{option}={chosen}")
                case _, None:
                    pass
                case _:
                    yield from (f"--{name.replace('_', '-')}", str(value))


def from_request(request: Request, architecture: Architecture, dataset: str) -> Settings:
    """Fill in from the architecture's recipe what was not asked for.

    The request names its architecture.

    Raises:
        UsageError: An option the architecture has not, or choices that can't be or don't go
            together.
        PluginError: The recipe has a value that can't be.
    """
    recipe = asdict(architecture.recipe)
    asked = {name: value for name, value in asdict(request).items() if value is not None}
    if asked.get("optimizer") == "adam":
        # A decay that was the recipe's is meant for the recipe's optimizer.
        recipe["weight_decay"] = 0.0
    options = plugin_options.settled("the architecture", architecture.options, request.options)
    values = {"limit": None, "init": None, "validation": None, **recipe, **asked}
    values |= {"dataset": dataset, "options": options}
    settings = Settings(**{field.name: values[field.name] for field in fields(Settings)})
    for name, check in SETTINGS.items():
        try:
            check(name, getattr(settings, name))
        except ValueError as error:
            raise _unfit(name in asked, settings.architecture, error) from error
    if settings.optimizer == "adam" and settings.weight_decay:
        raise UsageError(
            f"expected no weight decay with adam, received {settings.weight_decay:g}; choose "
            "--optimizer adamw"
        )
    return settings


def _unfit(asked: bool, architecture: str, error: ValueError) -> MnistkitError:  # noqa: FBT001
    """Whose fault a value is that can't be: the user's, where it was asked for."""
    if asked:
        return UsageError(f"{error}; choose another")
    return PluginError(
        f"{error} from the recipe of {architecture!r}; its plugin has to be repaired"
    )


def recorded(run: Run) -> Settings:
    """Read what a run began with.

    Raises:
        ModelError: The record is damaged.
        UsageError: It is an ensemble.
    """
    if run.is_ensemble:
        raise UsageError(
            f"expected the run of a training, received {run.path}, an ensemble, which has no "
            "epochs to go on with; make another with `mnistkit ensemble`"
        )
    values = run.record["settings"]
    try:
        checks.fields(SETTINGS)("settings", values)
        return Settings(**values)
    except (TypeError, ValueError) as error:
        raise ModelError(
            f"{run.path / RECORD_FILE}: expected the record of a run, received a damaged one "
            f"({error}); train again"
        ) from error


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
    if recorded.schedule != "constant" or recorded.ema:
        constant = recorded.schedule == "constant"
        planned = "the average of the weights" if constant else f"the {recorded.schedule} schedule"
        raise UsageError(
            f"expected the {recorded.epochs} epochs that {planned} was planned for, received "
            f"--epochs {last_epoch}; leave it out, or start a new run"
        )
    if last_epoch < done:
        raise UsageError(
            f"expected at least the {done} epochs that are finished, received --epochs "
            f"{last_epoch}; start a new run"
        )
    return replace(recorded, epochs=last_epoch)
