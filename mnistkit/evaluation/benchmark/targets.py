"""The models that a benchmark compares."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from mnistkit.core.holding import is_passing
from mnistkit.core.models import choice as models
from mnistkit.core.models.run_folder import EXPORTED_FILE, MODEL_FILE
from mnistkit.errors import UsageError
from mnistkit.prediction.artifacts import is_exported
from mnistkit.prediction.opening import is_run

NAMED_BY = "the argument"


@dataclass(frozen=True)
class Target:
    """A model to measure.

    Args:
        path: What is opened.
        artifact: The file or folder that this opens: of a run, its exported file if any.
        why: Why it was chosen.
    """

    path: Path
    artifact: Path
    why: str

    @property
    def name(self) -> str:
        """The name for people; of the bundled Keras model, it tells it from the exported one."""
        name = models.name_of(self.artifact)
        is_second = name == models.BUNDLED and self.artifact.name != EXPORTED_FILE
        return f"{name}/{self.artifact.name}" if is_second else name

    @property
    def is_run(self) -> bool:
        """Whether a run is opened."""
        return is_run(self.path)


def choose(names: list[str]) -> list[Target]:
    """Return the models to measure, the reference first.

    Args:
        names: What the user named; nothing for the usual model. A run that is the only one
            stands for all models in it, else for the one that `predict` uses.

    Raises:
        UsageError: A model is named twice.
        ModelError: Nothing is there.
    """
    choices = [models.choose(name, NAMED_BY) for name in names] or [models.choose(None)]
    targets = [Target(each.path, _artifact(each.path), each.why) for each in choices]
    _refuse_twice(targets)
    return targets if len(targets) > 1 else [*targets, *_others_in(targets[0])]


def _artifact(path: Path) -> Path:
    """Return the file of a run that `open_any` opens; else the path itself."""
    files = (path / EXPORTED_FILE, path / MODEL_FILE) if is_run(path) else ()
    return next((file for file in files if file.is_file()), path)


def _others_in(run: Target) -> list[Target]:
    """Return the models in a run that it is not opened by: other exported ones, then Keras's."""
    if not run.is_run:
        return []
    kept = [path for path in sorted(run.path.iterdir()) if not is_passing(path)]
    exported = [path for path in kept if is_exported(path)]
    found = [*exported, *(path for path in kept if path.name == MODEL_FILE)]
    return [Target(path, path, "in the same run") for path in found if path != run.artifact]


def _refuse_twice(targets: list[Target]) -> None:
    seen: dict[Path, Target] = {}
    for target in targets:
        first = seen.setdefault(target.artifact.resolve(), target)
        if first is not target:
            raise UsageError(
                f"expected different models, received {target.name} twice; leave one out"
            )
