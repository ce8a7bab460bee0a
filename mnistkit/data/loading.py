"""Loading datasets by name, with the bundled sample as a fallback."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from mnistkit import plugins
from mnistkit.core import class_names
from mnistkit.core.arrays import IMAGE_SHAPE, UNLABELLED, ClassIndices, Images, Split
from mnistkit.core.files import is_there
from mnistkit.core.models.card import Card
from mnistkit.errors import (
    DatasetError,
    DatasetUnavailableError,
    MissingError,
    PluginError,
    UsageError,
)
from mnistkit.fetching.store import Store
from mnistkit.plugin_types import Dataset, DatasetFamily

logger = logging.getLogger(__name__)

DEFAULT, FALLBACK = "mnist", "mnist-sample"


@dataclass(frozen=True)
class LabelledImages:
    """A dataset's split: images uint8 (n, 28, 28), class indices int64 (n,).

    `validation` has the dataset's own validation images, for a training split.
    """

    name: str
    dataset: Dataset
    split: Split
    images: Images
    class_indices: ClassIndices
    validation: LabelledImages | None = None

    def checksum(self) -> str:
        """Return the SHA-256 of pixels, class indices and validation images, in hexadecimal."""
        digest = hashlib.sha256(np.ascontiguousarray(self.images).data)
        digest.update(self.class_indices.astype("<i8").tobytes())
        if self.validation is not None:
            digest.update(self.validation.checksum().encode())
        return digest.hexdigest()


def load_split(name: str | None, split: Split, store: Store) -> LabelledImages:
    """Return one split of a dataset; see `load_splits`."""
    return load_splits(name, (split,), store)[0]


def load_all(name: str, store: Store) -> tuple[LabelledImages, ...]:
    """Return all splits of a dataset; see `load_splits` for the errors."""
    name, dataset = find_dataset(name)
    return tuple(load_part(name, dataset, split, store) for split in dataset.splits)


def load_images(name: str, split: Split, store: Store) -> LabelledImages:
    """Return one split of a dataset with or without labels; see `load_splits`."""
    return load_part(*find_dataset(name, labelled=False), split, store)


def load_splits(
    name: str | None, splits: tuple[Split, ...], store: Store
) -> tuple[LabelledImages, ...]:
    """Return splits of a dataset.

    Args:
        name: The dataset's name; None for MNIST, or its bundled sample if MNIST is neither on
            this machine nor can be fetched.
        splits: The splits.
        store: Finds the files.

    Raises:
        PluginError: There is no such dataset.
        UsageError: The part after the colon is missing or too much, or there is no such split.
        DatasetError: It is unavailable, damaged or without labels.
    """
    if name is None:
        try:
            return load_splits(DEFAULT, splits, store)
        except DatasetUnavailableError as error:
            logger.warning("%s", error)
            logger.warning("using the bundled sample instead: --dataset %s", FALLBACK)
            return load_splits(FALLBACK, splits, store)
    name, dataset = find_dataset(name)
    loaded = {split: load_part(name, dataset, split, store) for split in splits}
    if "train" in loaded and "validation" in dataset.splits:
        validation = loaded.get("validation") or load_part(name, dataset, "validation", store)
        loaded["train"] = replace(loaded["train"], validation=validation)
    return tuple(loaded.values())


def find_dataset(name: str, *, labelled: bool = True) -> tuple[str, Dataset]:
    """Return a dataset, without loading its images.

    Args:
        name: The user's name for it, such as `mnist` or `folder:digits`.
        labelled: Whether it must have labels.

    Returns:
        Its name with absolute paths, and the dataset.

    Raises:
        PluginError: There is no such dataset.
        UsageError: The part after the colon is missing or too much.
        DatasetError: It is unavailable, without labels, or has too few or too many classes.
    """
    kind, colon, text = name.partition(":")
    if kind not in plugins.names("dataset") and is_there(Path(name)):
        raise PluginError(f"no dataset is called {name!r}; did you mean {_own_name(Path(name))}?")
    plugin = plugins.load("dataset", kind, Dataset, DatasetFamily)
    if isinstance(plugin, Dataset):
        if colon:
            raise UsageError(f"expected no colon after {kind}, received {name}; leave it out")
        dataset = plugin
    else:
        if not text:
            raise UsageError(
                f"expected {kind}:{plugin.parameter}, received {name}; add the part after the colon"
            )
        with plugins.blamed("dataset", kind):
            resolved = plugins.checked("dataset", kind, plugin.resolve(text), str)
            name, made = f"{kind}:{resolved}", plugin.make(resolved)
        dataset = plugins.checked("dataset", name, made, Dataset)
    if labelled or dataset.class_names:
        _check_classes(name, dataset)
    return name, dataset


def load_part(name: str, dataset: Dataset, split: Split, store: Store) -> LabelledImages:
    """Return a split of a dataset that was found.

    Raises:
        UsageError: The dataset has no such split.
        DatasetError: It is unavailable, or breaks the contract of a dataset.
    """
    if split not in dataset.splits:
        raise UsageError(
            f"expected a split that {name} has ({', '.join(dataset.splits)}), received {split}; "
            "choose one of these"
        )
    with plugins.blamed("dataset", name.partition(":")[0]):
        received = dataset.load(split, store)
    match received:
        case (np.ndarray() as images, np.ndarray() as class_indices):
            loaded = LabelledImages(name, dataset, split, images, class_indices)
            _check(loaded)
            return loaded
    raise DatasetError(
        f"dataset {name!r}, {split}: expected an array of images and one of class "
        f"indices, received {type(received).__name__}; its plugin has to be repaired"
    )


def load_own_test(card: Card, store: Store, *, trusted: bool) -> LabelledImages:
    """Return the test split of the dataset that a card names, or of the bundled sample.

    A warning says why it is the sample.

    Args:
        card: The card of a model.
        store: Finds the files.
        trusted: Whether the files that the card names may be opened.
    """
    if not trusted and not may_choose(card):
        logger.warning("files that only a model names are not opened: %s", card.dataset)
    else:
        try:
            return load_split(card.dataset, "test", store)
        except MissingError as error:
            logger.warning("%s", error)
    logger.warning("using the bundled sample instead: --dataset %s", FALLBACK)
    return load_split(FALLBACK, "test", store)


def may_choose(card: Card) -> bool:
    """Return whether a card names no dataset, or one by a plain name instead of files."""
    return card.dataset is None or ":" not in card.dataset


def _own_name(path: Path) -> str:
    """Return the dataset name of a user's file or folder."""
    name = path.name.removesuffix(".gz")
    kind = {".csv": "csv", ".npz": "npz", ".npy": "npy"}.get(Path(name).suffix, "folder")
    return f"{kind}:{path}"


def _check_classes(name: str, dataset: Dataset) -> None:
    if not dataset.class_names:
        raise DatasetError(
            f"{name}: expected labelled images, received images without labels; add the labels, "
            f"or classify the images with `mnistkit predict --dataset {name}`"
        )
    flaw = class_names.flaw(dataset.class_names)
    if flaw:
        raise DatasetError(
            f"{name}: {flaw}; choose another dataset, or rename or regroup its classes"
        )


def _check(loaded: LabelledImages) -> None:
    """Raise `DatasetError` if a dataset's images break the contract."""
    images, indices = loaded.images, loaded.class_indices
    classes = len(loaded.dataset.class_names)
    fits = (
        images.dtype == np.uint8
        and images.shape[1:] == IMAGE_SHAPE
        and indices.dtype == np.int64
        and indices.shape == images.shape[:1]
        and len(images) > 0
        and (0 if classes else UNLABELLED) <= indices.min() <= indices.max() < classes
    )
    if not fits:
        raise DatasetError(
            f"dataset {loaded.name!r}, {loaded.split}: expected uint8 images (n, 28, 28) and int64 "
            f"class indices (n,) below {classes}, received {images.dtype} {images.shape} and "
            f"{indices.dtype} {indices.shape}; its plugin has to be repaired"
        )
