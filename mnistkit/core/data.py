"""Loading datasets by name, with the bundled sample where nothing else can be had."""

from __future__ import annotations

import hashlib
import logging
from dataclasses import dataclass

import numpy as np

from mnistkit import plugins
from mnistkit.contracts import IMAGE_SHAPE, Card, ClassIndices, Dataset, Images, Split
from mnistkit.datasets.store import Store
from mnistkit.errors import DatasetError, DatasetUnavailableError, PluginError

logger = logging.getLogger(__name__)

DEFAULT, FALLBACK = "mnist", "mnist-sample"


@dataclass(frozen=True)
class LabelledImages:
    """A dataset's split: images uint8 (n, 28, 28), class indices int64 (n,)."""

    name: str
    dataset: Dataset
    split: Split
    images: Images
    class_indices: ClassIndices

    def checksum(self) -> str:
        """SHA-256 of the pixels and the class indices, in hexadecimal."""
        digest = hashlib.sha256(np.ascontiguousarray(self.images).data)
        digest.update(self.class_indices.astype("<i8").tobytes())
        return digest.hexdigest()


def load_split(name: str | None, split: Split, store: Store) -> LabelledImages:
    """Load one split; without a name as `load_splits` does."""
    return load_splits(name, (split,), store)[0]


def load_splits(
    name: str | None, splits: tuple[Split, ...], store: Store
) -> tuple[LabelledImages, ...]:
    """Load splits of a dataset.

    Args:
        name: The dataset; without one MNIST, or its bundled sample where MNIST is
            neither on this machine nor to be fetched.
        splits: Which.
        store: Where files are found.

    Raises:
        PluginError: No dataset of that name.
        DatasetError: It can't be had.
    """
    if name is not None:
        return tuple(_load(name, split, store) for split in splits)
    try:
        return tuple(_load(DEFAULT, split, store) for split in splits)
    except DatasetUnavailableError as error:
        logger.warning("%s", error)
        logger.warning("using the bundled sample instead: --dataset %s", FALLBACK)
        return tuple(_load(FALLBACK, split, store) for split in splits)


def load_for(card: Card, name: str | None, split: Split, store: Store) -> LabelledImages:
    """Load a split to measure a model on; without a name, of the dataset it was trained on."""
    own = card.dataset if card.dataset != DEFAULT else None
    return load_split(name or own, split, store)


def was_trained_on(card: Card, images: LabelledImages) -> bool:
    """Whether a model has seen these images while it was trained, as far as can be told."""
    if card.dataset == images.name:
        return images.split == "train"
    if images.dataset.drawn_from == card.dataset:
        return card.dataset is not None
    if card.dataset is None:
        return False
    try:
        trained: Dataset = plugins.load("dataset", card.dataset)
    except PluginError:
        # Not installed here, so nothing is known of where its images came from.
        return False
    return trained.drawn_from == images.name and images.split == "train"


def _load(name: str, split: Split, store: Store) -> LabelledImages:
    dataset: Dataset = plugins.load("dataset", name)
    received = dataset.load(split, store)
    match received:
        case (np.ndarray() as images, np.ndarray() as class_indices):
            loaded = LabelledImages(name, dataset, split, images, class_indices)
            _check(loaded)
            return loaded
    raise DatasetError(
        f"dataset {name!r}, {split}: expected an array of images and one of class indices, "
        f"received {type(received).__name__}; its plugin has to be repaired"
    )


def _check(loaded: LabelledImages) -> None:
    """Hold a dataset to its contract."""
    images, indices = loaded.images, loaded.class_indices
    classes = len(loaded.dataset.class_names)
    fits = (
        images.dtype == np.uint8
        and images.shape[1:] == IMAGE_SHAPE
        and indices.dtype == np.int64
        and indices.shape == images.shape[:1]
        and len(images) > 0
        and 0 <= indices.min() <= indices.max() < classes
    )
    if not fits:
        raise DatasetError(
            f"dataset {loaded.name!r}, {loaded.split}: expected uint8 images (n, 28, 28) and int64 "
            f"class indices (n,) below {classes}, received {images.dtype} {images.shape} and "
            f"{indices.dtype} {indices.shape}; its plugin has to be repaired"
        )
