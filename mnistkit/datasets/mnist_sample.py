"""The bundled sample of MNIST, for machines without a network."""

from __future__ import annotations

from dataclasses import replace
from importlib.resources import files

import numpy as np

from mnistkit.core.arrays import ClassIndices, Images, Split
from mnistkit.datasets import mnist
from mnistkit.datasets.mnist import nist_collection
from mnistkit.fetching.store import Store

TRAINING_IMAGES, TEST_IMAGES = 4000, 1000


def load(split: Split, _store: Store) -> tuple[Images, ClassIndices]:
    """Return 4,000 training or 1,000 test images, shuffled, with as many of each class."""
    with (
        files("mnistkit.assets").joinpath("mnist-sample.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as arrays,
    ):
        part = slice(None, TRAINING_IMAGES) if split == "train" else slice(TRAINING_IMAGES, None)
        return arrays["images"][part], arrays["class_indices"][part].astype(np.int64)


DATASET = replace(
    mnist.DATASET,
    summary="some of MNIST's training images, bundled",
    load=load,
    collections={
        # Both splits are parts of MNIST's training images.
        "train": (f"{nist_collection('mnist', 'train')} > mnist-sample/train",),
        "test": (f"{nist_collection('mnist', 'train')} > mnist-sample/test",),
    },
    counts={"train": TRAINING_IMAGES, "test": TEST_IMAGES},
    files=(),
)
