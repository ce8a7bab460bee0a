"""Loading the splits of datasets that are published as IDX files."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mnistkit.core.arrays import IMAGE_SHAPE, ClassIndices, Images, Split
from mnistkit.datasets import idx
from mnistkit.errors import DatasetError
from mnistkit.fetching.publication import Publication, RemoteFile
from mnistkit.fetching.store import Store

# The largest file of labels, QMNIST's, has 1.9 MB; class indices take eight times as much.
MAX_LABEL_BYTES = 2**24


@dataclass(frozen=True)
class IdxSplit:
    """The two files of a split.

    Args:
        count: Number of images.
        images: The file of the images, 28x28 pixels, bright on black.
        labels: The file of the labels.
        classes: Number of classes.
        first_label: The label of class index 0.
        transposed: Whether the images are stored with rows and columns exchanged.
        read_labels: Returns the labels of the decompressed file.
    """

    count: int
    images: RemoteFile
    labels: RemoteFile
    classes: int = 10
    first_label: int = 0
    transposed: bool = False
    read_labels: Callable[[bytes, str], ClassIndices] = idx.read_labels

    def load(self, store: Store) -> tuple[Images, ClassIndices]:
        """Return uint8 (count, 28, 28) images and int64 (count,) class indices.

        Raises:
            DatasetError: A file is damaged or of another form; checked first, as it says more.
            VerificationError: A checksum differs.
        """
        image_file = store.read(self.images)
        label_file = store.read(self.labels, MAX_LABEL_BYTES)
        images = idx.read_images(image_file.content, str(image_file.path))
        labels = self.read_labels(label_file.content, str(label_file.path))
        idx.check_counts(images, labels, f"{image_file.path}, {label_file.path}")
        image_file.verify()
        label_file.verify()
        self._check(images, labels, str(image_file.path))
        if self.transposed:
            images = np.ascontiguousarray(images.transpose(0, 2, 1))
        return images, labels - self.first_label

    def _check(self, images: Images, labels: ClassIndices, name: str) -> None:
        """Raise `DatasetError` if shape or labels are wrong; some files have no known checksum."""
        expected = (self.count, *IMAGE_SHAPE)
        first, last = self.first_label, self.first_label + self.classes - 1
        if images.shape != expected or not first <= labels.min() <= labels.max() <= last:
            range_of = f" with labels from {labels.min()} to {labels.max()}" if len(labels) else ""
            raise DatasetError(
                f"{name}: expected {expected} images with labels from {first} to {last}, received "
                f"{images.shape}{range_of}; get the files again"
            )


Facts = tuple[str, str, int]
"""Of a published file: its checksum, that of its content, and its size."""


def named_as_mnist(
    publication: Publication, train: tuple[Facts, Facts], test: tuple[Facts, Facts]
) -> dict[Split, IdxSplit]:
    """Return the splits of a dataset that is published in as many images and files as MNIST.

    Args:
        publication: Where the files are to be had.
        train: The facts of the training images and of their labels.
        test: Those of the test images and of their labels.
    """

    def split(count: int, prefix: str, facts: tuple[Facts, Facts]) -> IdxSplit:
        images = RemoteFile(publication, f"{prefix}-images-idx3-ubyte.gz", *facts[0])
        labels = RemoteFile(publication, f"{prefix}-labels-idx1-ubyte.gz", *facts[1])
        return IdxSplit(count, images, labels)

    return {"train": split(60_000, "train", train), "test": split(10_000, "t10k", test)}


def read_from(splits: Mapping[Split, IdxSplit]) -> dict[str, Any]:
    """Return the fields of a `Dataset` that follow from its files."""
    return {
        "load": lambda split, store: splits[split].load(store),
        "counts": {name: split.count for name, split in splits.items()},
        "files": tuple(file for split in splits.values() for file in (split.images, split.labels)),
    }
