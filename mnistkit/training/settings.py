"""Requested and resolved training settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from pathlib import Path
from typing import Any

from mnistkit.core import plugin_options, typed_json
from mnistkit.core.models.record import ImportRecord, TrainingRecord
from mnistkit.core.models.run_folder import Run
from mnistkit.core.models.training_settings import Settings
from mnistkit.core.recipe import Hyperparameters, Options
from mnistkit.errors import MnistkitError, PluginError, UsageError
from mnistkit.plugin_types import Architecture

CHOSEN = {each.name for each in fields(Hyperparameters)}
DEFAULT_ARCHITECTURE = "cnn"


@dataclass(frozen=True)
class TrainingRequest:
    """The training that a user requests.

    Args:
        architecture: Its name; None for that of `init`, or the default one.
        dataset: Its name; None for the default one.
        recipe: The values that differ from the architecture's recipe, by field; None is left to
            the recipe.
        options: The architecture's own, by name; what is not there has its default.
        init: The run or `.keras` file whose weights to begin with, or `bundled`.
        validation: Share of the training images that only validates, in [0, 1); None for the
            usual one, or for the validation images that the dataset has.
        limit: How many training images to take from the front; None for all.
        seed: Random seed.
        output: The run folder; None for one below `./runs`.
        export: Whether the finished model is exported, too.
        command_line: The command as it was typed, for the record.
        trackers: The names of the trackers that receive the progress.

    Raises:
        TypeError: `recipe` has a name that is no field of a recipe.
    """

    architecture: str | None = None
    dataset: str | None = None
    recipe: Mapping[str, Any] = field(default_factory=dict)
    options: Options = field(default_factory=dict)
    init: str | None = None
    validation: float | None = None
    limit: int | None = None
    seed: int = 0
    output: Path | None = None
    export: bool = True
    command_line: str | None = None
    trackers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        unknown = ", ".join(self.recipe.keys() - CHOSEN)
        if unknown:
            raise TypeError(f"expected fields of a recipe, received {unknown}")

    @property
    def differing(self) -> dict[str, Any]:
        """The values of `recipe` that are chosen."""
        return {name: value for name, value in self.recipe.items() if value is not None}


def from_request(request: TrainingRequest, architecture: Architecture, dataset: str) -> Settings:
    """Return the settings of a request, with the architecture's recipe where it asks for nothing.

    Args:
        request: Names its architecture.
        architecture: The one it names.
        dataset: The name of the dataset that was found.

    Raises:
        UsageError: An option that the architecture does not have, or values that are out of range
            or do not go together.
        PluginError: The recipe has a value that is out of range.
    """
    asked = request.differing
    recipe = asdict(architecture.recipe)
    # The recipe's weight decay is meant for the recipe's optimizer.
    kept = {"weight_decay": 0.0} if asked.get("optimizer") == "adam" else {}
    settings = Settings(
        **{name: recipe[name] for name in CHOSEN} | kept | asked,
        architecture=request.architecture or DEFAULT_ARCHITECTURE,
        dataset=dataset,
        options=plugin_options.settled("the architecture", architecture.options, request.options),
        init=request.init,
        validation=request.validation,
        limit=request.limit,
        seed=request.seed,
        export=request.export,
    )
    for name, wanted in typed_json.hints(Settings).items():
        try:
            typed_json.read(wanted, getattr(settings, name), name)
        except ValueError as error:
            by_user = name in asked or name not in CHOSEN
            raise _unfit(by_user, settings.architecture, error) from error
    if settings.optimizer == "adam" and settings.weight_decay:
        raise UsageError(
            f"expected no weight decay with adam, received {settings.weight_decay:g}; choose "
            "--optimizer adamw"
        )
    return settings


def _unfit(by_user: bool, architecture: str, error: ValueError) -> MnistkitError:  # noqa: FBT001
    """Return a `UsageError` for a user's value, a `PluginError` for the recipe's."""
    if by_user:
        return UsageError(f"{error}; choose another")
    return PluginError(
        f"{error} from the recipe of {architecture!r}; its plugin has to be repaired"
    )


def training_record(run: Run) -> TrainingRecord:
    """Return the record of a training.

    Raises:
        UsageError: The run is an ensemble or an imported model.
    """
    if isinstance(run.record, ImportRecord):
        raise UsageError(
            f"expected the run of a training, received {run.path}, an imported model, which has "
            f"no epochs to go on with; begin with it: `mnistkit train --init {run.path}`"
        )
    if not isinstance(run.record, TrainingRecord):
        raise UsageError(
            f"expected the run of a training, received {run.path}, an ensemble, which has no "
            "epochs to go on with; make another with `mnistkit ensemble`"
        )
    return run.record


def to_resume(recorded: Settings, done: int, last_epoch: int | None) -> Settings:
    """Return the settings that a resumed run continues with.

    Args:
        recorded: Those it began with.
        done: How many epochs are finished.
        last_epoch: Another number of epochs in all; None for the recorded one.

    Raises:
        UsageError: The number of epochs can't be changed so.
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
