"""The classifier: anything that turns images into probabilities."""

from __future__ import annotations

import reprlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mnistkit.core.arrays import IMAGE_SHAPE, Images, Probabilities
from mnistkit.core.models.card import Card
from mnistkit.core.preprocessing.given import Picture, photo_of
from mnistkit.core.preprocessing.preparation import PREPARATIONS
from mnistkit.errors import MnistkitError, ModelError, UsageError, first_line

# As fast as larger batches, on small networks faster, and it keeps the memory small.
BATCH_SIZE = 32


def _no_need() -> None:
    """Do nothing: most models end by themselves."""


@dataclass(frozen=True, repr=False)
class Classifier:
    """Anything that turns images into probabilities.

    Args:
        card: The model's card.
        infer: From uint8 (n, 28, 28) to float32 (n, classes), n at least 1.
        path: The file or folder that was opened, if any.
        stop: Makes a running `infer` fail soon, for models that may never end by themselves.
    """

    card: Card
    infer: Callable[[Images], Probabilities]
    path: Path | None = None
    stop: Callable[[], None] = _no_need

    def __repr__(self) -> str:
        from mnistkit.core.models.choice import name_of

        name = "in memory" if self.path is None else name_of(self.path)
        architecture = reprlib.repr(self.card.architecture)
        return f"Classifier({name!r}, {architecture}, {len(self.class_names)} classes)"

    @property
    def class_names(self) -> tuple[str, ...]:
        """Return the label of each column of the probabilities."""
        return self.card.class_names

    def predict(self, images: Images, batch_size: int = BATCH_SIZE) -> Probabilities:
        """Return float32 (n, classes) for uint8 (n, 28, 28), bright ink on black.

        Raises:
            UsageError: The images are of another shape or dtype.
            ModelError: The model fails while running, or does not return such a row for each.
        """
        rows = self.raw_predict(images, batch_size)
        if not np.isfinite(rows).all():
            raise ModelError(
                f"{self._name}: expected probabilities, received values that are not numbers; "
                "train it again with a lower --learning-rate, or choose another model"
            )
        return rows

    def raw_predict(self, images: Images, batch_size: int = BATCH_SIZE) -> Probabilities:
        """Return what `predict` does, without an error for NaN and infinity."""
        images = np.asarray(images)
        if images.dtype != np.uint8 or images.shape[1:] != IMAGE_SHAPE:
            raise UsageError(
                f"expected uint8 images of shape (n, 28, 28), received {images.dtype} of shape "
                f"{images.shape}; prepare pictures with `prepare`"
            )
        starts = range(0, len(images), batch_size)
        parts = [self._infer(images[start : start + batch_size]) for start in starts]
        return np.concatenate(parts) if parts else np.empty((0, len(self.class_names)), np.float32)

    def _infer(self, images: Images) -> Probabilities:
        """Return one batch's probabilities, and check their type and shape."""
        try:
            rows = self.infer(images)
        except MnistkitError:
            raise
        # Each runtime has exceptions of its own.
        except Exception as error:
            raise ModelError(
                f"{self._name}: expected a model that runs, received one that fails on an image "
                f"({first_line(error)}); export it again, or choose another model"
            ) from error
        expected = (len(images), len(self.class_names))
        dtype, shape = getattr(rows, "dtype", type(rows).__name__), getattr(rows, "shape", ())
        if dtype != np.float32 or shape != expected:
            raise ModelError(
                f"{self._name}: expected float32 probabilities of shape {expected}, received "
                f"{dtype} of shape {shape}; export it again, or choose another model"
            )
        return rows

    @property
    def _name(self) -> str:
        return str(self.path or "the model")

    def prepare(self, picture: Picture) -> Images | None:
        """Return a picture as this model sees it, uint8 (28, 28); None without ink.

        Args:
            picture: A file's path or `example:seven`, a file's bytes, a file opened in binary
                mode, a Pillow image in any mode, or pixels: uint8 (height, width) of grey,
                (height, width, 3) of RGB, (height, width, 4) of RGBA. Upright by EXIF, on white
                where transparent.

        Raises:
            PictureError: It can't be read or decoded.
            UsageError: It is none of these.
        """
        return PREPARATIONS[self.card.preparation](photo_of(picture).upright())

    def label(self, picture: Picture) -> str | None:
        """Return the label of one picture; None without ink. See `prepare`."""
        image = self.prepare(picture)
        if image is None:
            return None
        return self.class_names[int(self.predict(image[np.newaxis])[0].argmax())]
