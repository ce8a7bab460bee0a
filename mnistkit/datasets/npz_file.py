"""`npz:PATH`: arrays as Keras has them: x_train, y_train, x_test and y_test."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mnistkit.contracts import IMAGE_SHAPE, Dataset, DatasetFamily, Images, Split
from mnistkit.core.files import Stamp, stamp
from mnistkit.datasets import own
from mnistkit.datasets.own import Labelled, Place
from mnistkit.errors import DatasetError, reason_of

SPLITS: tuple[Split, Split] = ("train", "test")
ARRAYS = ("x_train", "y_train", "x_test", "y_test")
SHAPES = ((*IMAGE_SHAPE,), (*IMAGE_SHAPE, 1), (IMAGE_SHAPE[0] * IMAGE_SHAPE[1],))


def make(text: str) -> Dataset:
    """Return the dataset of `[PREPARATION:]PATH`.

    Raises:
        DatasetError: The file is missing, damaged, or of another form.
    """
    return _make(text, stamp(Place.parse(text).path))


@cache
def _make(text: str, _stamp: Stamp) -> Dataset:
    place = Place.parse(text)
    labels = {split: _labels(_read(place.path, f"y_{split}"), place.path) for split in SPLITS}
    names = own.class_names((label for part in labels.values() for label in part), place.path)
    indices = {name: index for index, name in enumerate(names)}

    def labelled(split: Split) -> Labelled:
        images = _images(_read(place.path, f"x_{split}"), f"{place.path}, x_{split}")
        if len(images) != len(labels[split]):
            raise DatasetError(
                f"{place.path}: expected one label an image, received {len(images):,} images in "
                f"x_{split} and {len(labels[split]):,} labels in y_{split}; write the file anew"
            )
        return images, np.array([indices[label] for label in labels[split]], np.int64)

    return Dataset(
        summary=f"the images in {place.path}",
        class_names=names,
        licence=own.LICENCE,
        preparation=place.preparation_for(names),
        load=own.loader(place.path, names, lambda: {split: labelled(split) for split in SPLITS}),
        counts={split: len(part) for split, part in labels.items()},
    )


def _read(path: str, name: str) -> NDArray[Any]:
    """Read one of the arrays, where all are there."""
    try:
        with Path(path).open("rb") as file:
            # Without pickle, what is in the file can't run.
            arrays = np.load(file, allow_pickle=False)
            named = isinstance(arrays, np.lib.npyio.NpzFile)
            missing = [wanted for wanted in ARRAYS if wanted not in arrays] if named else []
            array = arrays[name] if named and not missing else None
    # NumPy raises what it likes on a damaged file: ValueError, OverflowError, MemoryError,
    # zipfile's and zlib's errors, RuntimeError for a password among others.
    except Exception as error:
        if getattr(error, "filename", None):
            raise DatasetError(f"{path}: {reason_of(error)}") from error
        raise _misfit(path, str(error)) from error
    if missing:
        raise _misfit(path, f"one without {', '.join(missing)}")
    if not isinstance(array, np.ndarray):
        raise _misfit(path, f"other bytes as {name}" if named else "one array without a name")
    return array


def _misfit(path: str, received: str) -> DatasetError:
    return DatasetError(
        f"{path}: expected an .npz file of the arrays {', '.join(ARRAYS)}, received: {received}; "
        "write it with numpy.savez"
    )


def _labels(array: NDArray[Any], path: str) -> list[str]:
    """The labels, of whole numbers or texts; (n, 1) as well as (n,)."""
    flat = array.reshape(-1) if array.ndim and array.shape[1:] in {(), (1,)} else None
    if flat is None or flat.dtype.kind not in "iuU":
        raise DatasetError(
            f"{path}: expected labels (n,) that are whole numbers or texts, received "
            f"{array.dtype} {array.shape}; for one-hot labels take the argmax"
        )
    return [str(label) for label in flat.tolist()]


def _images(array: NDArray[Any], name: str) -> Images:
    if array.dtype != np.uint8 or array.shape[1:] not in SHAPES:
        raise DatasetError(
            f"{name}: expected uint8 images (n, 28, 28), (n, 28, 28, 1) or (n, 784), received "
            f"{array.dtype} {array.shape}; bring them to 28x28 whole numbers from 0 to 255, or "
            "save them as pictures for folder:PATH"
        )
    return array.reshape(-1, *IMAGE_SHAPE)


FAMILY = DatasetFamily(
    summary="your own arrays x_train, y_train, x_test, y_test, as in Keras",
    parameter="PATH",
    resolve=own.resolve,
    make=make,
)
