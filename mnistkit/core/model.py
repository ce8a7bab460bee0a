"""The classifier, and which model a command means."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnistkit.contracts import IMAGE_SHAPE, Card, Images, Probabilities
from mnistkit.core import runs
from mnistkit.core.pictures import GreyPicture, read_picture
from mnistkit.core.preprocessing import PREPARATIONS
from mnistkit.errors import ModelError, UsageError

logger = logging.getLogger(__name__)

# As fast as larger batches, on small networks faster, and it keeps the memory small.
BATCH_SIZE = 32

GREY_DIMENSIONS = 2
SUFFIXES = (".keras", ".onnx")
ENVIRONMENT_VARIABLE = "MNISTKIT_MODEL"


@dataclass(frozen=True)
class Classifier:
    """Anything that turns images into probabilities.

    Args:
        card: What the model says of itself.
        infer: From uint8 (n, 28, 28) to float32 (n, classes), n at least 1.
        path: The file that was opened, if any.
    """

    card: Card
    infer: Callable[[Images], Probabilities]
    path: Path | None = None

    @property
    def class_names(self) -> tuple[str, ...]:
        """The label of each column of the probabilities."""
        return self.card.class_names

    def predict(self, images: Images, batch_size: int = BATCH_SIZE) -> Probabilities:
        """Return float32 (n, classes) for uint8 (n, 28, 28), bright ink on black.

        Raises:
            UsageError: The images are of another shape or dtype.
        """
        images = np.asarray(images)
        if images.dtype != np.uint8 or images.shape[1:] != IMAGE_SHAPE:
            raise UsageError(
                f"expected uint8 images of shape (n, 28, 28), received {images.dtype} of shape "
                f"{images.shape}; prepare pictures with `prepare`"
            )
        starts = range(0, len(images), batch_size)
        parts = [self.infer(images[start : start + batch_size]) for start in starts]
        return np.concatenate(parts) if parts else np.empty((0, len(self.class_names)), np.float32)

    def prepare(self, picture: str | os.PathLike[str] | GreyPicture) -> Images | None:
        """Return a picture as this model sees it, uint8 (28, 28); None without ink.

        Args:
            picture: A file's path, or grey pixels, uint8 (height, width).

        Raises:
            PictureError: The file can't be read.
            UsageError: The array is no grey picture.
        """
        pixels = picture if isinstance(picture, np.ndarray) else read_picture(Path(picture))
        if pixels.dtype != np.uint8 or pixels.ndim != GREY_DIMENSIONS or not pixels.size:
            raise UsageError(
                f"expected grey pixels, uint8 (height, width), received {pixels.dtype} of shape "
                f"{pixels.shape}; convert the picture to 8-bit grey"
            )
        return PREPARATIONS[self.card.preparation](pixels)

    def label(self, picture: str | os.PathLike[str] | GreyPicture) -> str | None:
        """Return the label of one picture, None where there is no ink; see `prepare`."""
        image = self.prepare(picture)
        if image is None:
            return None
        return self.class_names[int(self.predict(image[np.newaxis])[0].argmax())]


@dataclass(frozen=True)
class ModelChoice:
    """A model and why it was chosen; the path is a run, a `.keras` or an `.onnx` file."""

    path: Path
    why: str


def choose(option: str | None) -> ModelChoice:
    """Find the model a command means.

    Args:
        option: What the user named; else the environment and the newest finished run
            below `./runs` decide.

    Raises:
        ModelError: There is none.
    """
    if option is not None:
        return ModelChoice(_existing(Path(option)), "named")
    named = os.environ.get(ENVIRONMENT_VARIABLE)
    if named:
        return ModelChoice(_existing(Path(named)), f"named by {ENVIRONMENT_VARIABLE}")
    newest = runs.newest_finished()
    if newest is None:
        raise ModelError(
            f"no model: none named with --model or {ENVIRONMENT_VARIABLE}, no finished run below "
            "./runs; train one with `mnistkit train`"
        )
    return ModelChoice(newest.path, "the newest finished run")


def open_served(path: Path, threads: int = 0) -> Classifier:
    """Open a model without TensorFlow: an `.onnx` file, or the one beside a `.keras`.

    Args:
        path: A run folder, a `.keras` or an `.onnx` file.
        threads: How many one call may use; 0 for one a core.

    Raises:
        ModelError: There is none, or it can't be used; says how to export it.
    """
    exported = _exported_file(path)
    if path.is_dir() and not exported.is_file():
        _check_trained(runs.read(path))
    if not exported.is_file():
        import shlex

        raise ModelError(
            f"expected {exported}, which is not there yet; make it with "
            f"`mnistkit export --model {shlex.quote(str(path))}`"
        )
    # Here, as it imports this module; by its name, as a plugin's `open` takes no threads.
    from mnistkit.exporters import onnx

    classifier = onnx.open_file(exported, threads)
    if classifier.card.preparation not in PREPARATIONS:
        raise ModelError(
            f"{exported}: pictures for it are prepared by {classifier.card.preparation!r}, which "
            f"this mnistkit does not know; install a newer one"
        )
    return classifier


def open_any(path: Path) -> Classifier:
    """Open what was named; a run through its exported file, where it has one."""
    if path.is_dir():
        run = runs.read(path)
        return open_served(path) if run.exported.is_file() else _open_keras(run.model)
    if path.suffix == ".keras":
        return _open_keras(path)
    return open_served(path)


def load(model: str | os.PathLike[str] | None = None) -> Classifier:
    """Open a model as a classifier.

    Args:
        model: A run folder, a `.keras` or an `.onnx` file. Without one:
            `MNISTKIT_MODEL`, else the newest finished run below `./runs`.

    Raises:
        ModelError: There is none, or it can't be used.
    """
    return open_any(choose(None if model is None else os.fspath(model)).path)


def _check_trained(run: runs.Run) -> None:
    """Raise `ModelError` for a run without a model; says how to go on with it."""
    if not run.model.is_file():
        import shlex

        raise ModelError(
            f"expected {run.model}, which is not there yet; go on with "
            f"`mnistkit train --resume {shlex.quote(str(run.path))}`"
        )


def _open_keras(path: Path) -> Classifier:
    from mnistkit.core import keras_models

    return keras_models.open_classifier(path)


def _existing(path: Path) -> Path:
    """Return the path of a model that is there.

    Raises:
        ModelError: Nothing is there, or what is no model by its name.
    """
    if not path.exists():
        raise ModelError(
            f"no model at {path}; name a run folder, a .keras or an .onnx file, or train one with "
            "`mnistkit train`"
        )
    if not path.is_dir() and path.suffix not in SUFFIXES:
        raise ModelError(
            f"expected a run folder, a .keras or an .onnx file, received {path}; export the model "
            "to one of these"
        )
    return path


def _exported_file(path: Path) -> Path:
    return path / runs.EXPORTED_FILE if path.is_dir() else path.with_suffix(".onnx")
