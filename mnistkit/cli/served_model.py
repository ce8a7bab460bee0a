"""What the commands share that answer for pictures without TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mnistkit.cli import output

if TYPE_CHECKING:
    from mnistkit.core.models.classifier import Classifier


def warn_of_several(source: str, command: str) -> None:
    """Warn of a picture with several digits, of which a command answers for one."""
    output.warning(
        f"{source}: the picture seems to hold several digits, and `{command}` answers for one; "
        "`mnistkit read` reads all"
    )


def open_model(name: str | None, threads: int) -> Classifier:
    """Return the model that --model names, opened, and print which one it is.

    Args:
        name: Its name; None for the usual one.
        threads: Threads per call; 0 for one on each usable core.
    """
    from mnistkit.core.models.choice import choose, name_of
    from mnistkit.prediction.opening import open_served

    choice = choose(name)
    classifier = open_served(choice.path, threads)
    output.note(f"model: {name_of(classifier.path)} ({choice.why})")
    return classifier
