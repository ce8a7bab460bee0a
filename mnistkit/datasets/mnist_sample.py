"""The bundled sample of MNIST, for machines without a network."""

from __future__ import annotations

from importlib.resources import files

import numpy as np

from mnistkit.core.arrays import ClassIndices, Images, Split
from mnistkit.datasets.mnist import ORIGIN
from mnistkit.fetching.store import Store
from mnistkit.plugin_types import Dataset

TRAINING_IMAGES, TEST_IMAGES = 4000, 1000


def load(split: Split, _store: Store) -> tuple[Images, ClassIndices]:
    """Return 4,000 training or 1,000 test images, shuffled, with as many of each class."""
    with (
        files("mnistkit.assets").joinpath("mnist-sample.npz").open("rb") as file,
        np.load(file, allow_pickle=False) as arrays,
    ):
        part = slice(None, TRAINING_IMAGES) if split == "train" else slice(TRAINING_IMAGES, None)
        return arrays["images"][part], arrays["class_indices"][part].astype(np.int64)


DATASET = Dataset(
    summary="some of MNIST's training images, bundled",
    class_names=tuple("0123456789"),
    licence="CC BY-SA 3.0; Y. LeCun, C. Cortes, C. J. C. Burges",
    preparation="digit",
    load=load,
    drawn_from="mnist",
    origin=ORIGIN,
    counts={"train": TRAINING_IMAGES, "test": TEST_IMAGES},
)
