"""The resolved settings of a training, and the command that repeats it."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Annotated

from mnistkit.core.recipe import SHARE, Hyperparameters, Options, parts
from mnistkit.core.typed_json import Count, whole


@dataclass(frozen=True)
class ModelSettings:
    """The settings that all runs share.

    Args:
        architecture: The architecture's name.
        dataset: The dataset's name, with absolute paths; None for an imported model that was
            measured on none.
        export: Whether the finished model is also exported.
    """

    architecture: str
    dataset: str | None
    export: bool


@dataclass(frozen=True, kw_only=True)
class Settings(Hyperparameters, ModelSettings):
    """All settings of a training; on one machine, they determine its result.

    Args:
        validation: Share of the training images used for validation only; None if the dataset
            has its own validation images.
        limit: Number of training images, the first ones; None for all.
        seed: Random seed.
        options: Values of the architecture's own options, by name.
        init: The run or `.keras` file of the initial weights, or `bundled`; None for random
            weights.
    """

    dataset: str
    validation: Annotated[float, SHARE] | None
    limit: Count | None
    seed: Annotated[int, whole(0, 2**32 - 1)]
    options: Options
    init: str | None

    @property
    def held_out_by(self) -> tuple[int | None, float, int] | None:
        """The settings that choose the validation images; None if none are held out."""
        return (self.limit, self.validation, self.seed) if self.validation else None

    def command(self) -> str:
        """Return the command that repeats the training, with every choice spelled out."""
        return shlex.join(["mnistkit", "train", *self._words()])

    def _words(self) -> Iterator[str]:
        """Yield the options, the rarely chosen ones last."""
        usual = [part.name for part in parts() if not part.choice.rare]
        names = ("architecture", "dataset", *usual, "validation", "limit", "seed", "export")
        values = asdict(self)
        for name in dict.fromkeys((*names, *values)):
            value = values[name]
            if name == "options":
                for option, chosen in value.items():
                    yield from ("--option", f"{option}={chosen}")
            elif name != "export" and value is not None:
                yield from (f"--{name.replace('_', '-')}", str(value))
            elif value is False:
                yield "--no-export"
