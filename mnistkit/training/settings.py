"""What a training is asked to be, and what that comes to."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from mnistkit.core import checks, plugin_options
from mnistkit.core.models.record_fields import SETTINGS
from mnistkit.core.models.run_folder import RECORD_FILE, Run
from mnistkit.core.recipe import Options, Recipe, parts
from mnistkit.errors import MnistkitError, ModelError, PluginError, UsageError
from mnistkit.plugin_types import Architecture

CHOSEN = {part.name for part in parts()}
DEFAULT_ARCHITECTURE = "cnn"


@dataclass(frozen=True, init=False)
class TrainingRequest:
    """What a user asks for; what he leaves out is the architecture's recipe.

    Args:
        architecture: Its name; None for that of `init`, or the default one.
        dataset: Its name, None for the default one.
        options: The architecture's own, by name; what is not there has its default.
        init: The run or `.keras` file whose weights to begin with, or `bundled`.
        validation: Share of the training images that only validates, in [0, 1); None for the
            usual one, or for the validation images that the dataset has.
        limit: How many training images to take from the front, None for all.
        seed: Of everything that is random.
        output: The run folder.
        export: Whether the finished model is exported, too.
        recipe: The values that differ from the architecture's recipe, by field.
        **differing: The same, as keywords; None is left to the recipe.
    """

    architecture: str | None
    dataset: str | None
    options: Options
    init: str | None
    validation: float | None
    limit: int | None
    seed: int
    output: Path | None
    export: bool
    recipe: Mapping[str, Any]

    def __init__(  # noqa: PLR0913  # all that can be asked for
        self,
        architecture: str | None = None,
        dataset: str | None = None,
        *,
        options: Options | None = None,
        init: str | None = None,
        validation: float | None = None,
        limit: int | None = None,
        seed: int = 0,
        output: Path | None = None,
        export: bool = True,
        recipe: Mapping[str, Any] | None = None,
        **differing: Any,
    ) -> None:
        values = {
            "architecture": architecture,
            "dataset": dataset,
            "options": options or {},
            "init": init,
            "validation": validation,
            "limit": limit,
            "seed": seed,
            "output": output,
            "export": export,
            "recipe": _differing({**(recipe or {}), **differing}),
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)


def _differing(values: Mapping[str, Any]) -> dict[str, Any]:
    """What of a recipe is chosen; None leaves it as it is."""
    unknown = ", ".join(values.keys() - CHOSEN)
    if unknown:
        raise TypeError(f"expected fields of a recipe, received {unknown}")
    return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True, kw_only=True)
class Settings(Recipe):
    """A recipe, and all else that decides what a training ends with, besides the machine.

    See `TrainingRequest`; where `validation` is None, the dataset's own validation images validate.
    """

    architecture: str
    dataset: str
    validation: float | None = None
    limit: int | None = None
    seed: int
    export: bool
    options: Options
    init: str | None = None

    @property
    def held_out_by(self) -> tuple[int | None, float, int] | None:
        """What decides which training images only validate; None where none of them do."""
        return (self.limit, self.validation, self.seed) if self.validation else None

    def to_json(self) -> dict[str, Any]:
        """The settings as `run.json` has them; what few choose stands behind the rest."""
        values = asdict(self)
        usual = [part.name for part in parts() if not part.choice.rare]
        names = ("architecture", "dataset", *usual, "validation", "limit", "seed", "export")
        return {name: values[name] for name in dict.fromkeys((*names, *SETTINGS))}

    def command(self) -> str:
        """The command that trains so, with every choice spelled out."""
        return shlex.join(["mnistkit", "train", *self._words()])

    def _words(self) -> Iterator[str]:
        for name, value in self.to_json().items():
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


def from_request(request: TrainingRequest, architecture: Architecture, dataset: str) -> Settings:
    """Fill in from the architecture's recipe what was not asked for.

    The request names its architecture.

    Raises:
        UsageError: An option the architecture has not, or choices that can't be or don't go
            together.
        PluginError: The recipe has a value that can't be.
    """
    asked = request.recipe
    # A decay that was the recipe's is meant for the recipe's optimizer.
    kept = {"weight_decay": 0.0} if asked.get("optimizer") == "adam" else {}
    settings = Settings(
        **{**asdict(architecture.recipe), **kept, **asked},
        architecture=request.architecture or DEFAULT_ARCHITECTURE,
        dataset=dataset,
        options=plugin_options.settled("the architecture", architecture.options, request.options),
        init=request.init,
        validation=request.validation,
        limit=request.limit,
        seed=request.seed,
        export=request.export,
    )
    for name, check in SETTINGS.items():
        try:
            check(name, getattr(settings, name))
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
    """Whose fault a value is that can't be: the user's, where it was asked for."""
    if by_user:
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
