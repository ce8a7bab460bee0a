"""What the datasets that are published as IDX files have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mnistkit.core.arrays import IMAGE_SHAPE, ClassIndices, Images, Split
from mnistkit.datasets import idx
from mnistkit.errors import DatasetError
from mnistkit.fetching.publication import RemoteFile
from mnistkit.fetching.store import Store

# The largest file of labels, QMNIST's, has 1.9 MB; class indices take eight times as much.
MAX_LABEL_BYTES = 2**24


@dataclass(frozen=True)
class IdxSplit:
    """The two files of a split, and their form.

    Args:
        count: How many images there are.
        images: Of 28x28 pixels, bright on black.
        labels: One an image.
        classes: How many there are.
        first_label: The label of class index 0.
        transposed: Whether the images are mirrored along their diagonal.
        read_labels: Reads the decompressed file of the labels.
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
            DatasetError: Damaged, or of another form. That is checked before the checksums,
                since it says more.
            VerificationError: Another content than the published one.
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
        """Hold files whose content has no known checksum to what is known of them."""
        expected = (self.count, *IMAGE_SHAPE)
        first, last = self.first_label, self.first_label + self.classes - 1
        if images.shape != expected or not first <= labels.min() <= labels.max() <= last:
            range_of = f" with labels from {labels.min()} to {labels.max()}" if len(labels) else ""
            raise DatasetError(
                f"{name}: expected {expected} images with labels from {first} to {last}, received "
                f"{images.shape}{range_of}; get the files again"
            )


def read_from(splits: Mapping[Split, IdxSplit]) -> dict[str, Any]:
    """Return the fields of a `Dataset` that follow from its files."""
    return {
        "load": lambda split, store: splits[split].load(store),
        "counts": {name: split.count for name, split in splits.items()},
        "files": tuple(file for split in splits.values() for file in (split.images, split.labels)),
    }
