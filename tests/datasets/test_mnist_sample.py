"""The bundled sample of MNIST."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from mnistkit.data.loading import load_split
from mnistkit.datasets import mnist, mnist_sample
from mnistkit.fetching.store import Store

# Of the pixels and the class indices, in their order.
CHECKSUMS = {
    "train": "db0e81fdba5479daa2c9a5b3fd3357ee05ed69ebfbe2787334da754943bf75d3",
    "test": "ee2e1e35a4cd7dae1aab15423a9f32ca47dd073999231a69aacdfe6cf8824dd0",
}


@pytest.fixture(scope="module")
def splits():
    return {split: mnist_sample.DATASET.load(split, Store()) for split in ("train", "test")}


@pytest.mark.parametrize(("split", "per_class"), [("train", 400), ("test", 100)])
def test_the_classes_are_equally_many(splits, split, per_class):
    images, class_indices = splits[split]
    assert images.shape == (10 * per_class, 28, 28)
    assert images.dtype == np.uint8
    assert class_indices.dtype == np.int64
    assert np.bincount(class_indices).tolist() == [per_class] * 10


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_classes_are_mixed_so_that_the_first_images_are_a_sample_too(splits, split):
    assert set(splits[split][1][:100].tolist()) == set(range(10))


def test_no_image_is_there_twice(splits):
    images = np.concatenate([images for images, _ in splits.values()])
    assert len({image.tobytes() for image in images}) == 5000


@pytest.mark.parametrize("split", ["train", "test"])
def test_the_order_never_changes(split):
    assert load_split("mnist-sample", split, Store()).checksum() == CHECKSUMS[split]


@pytest.mark.skipif(
    not os.environ.get("MNISTKIT_DATA"), reason="set MNISTKIT_DATA to a folder that holds MNIST"
)
def test_all_images_are_training_images_of_mnist_with_their_labels(splits):
    store = Store(Path(os.environ["MNISTKIT_DATA"]))

    def pairs(images, class_indices):
        return {
            (image.tobytes(), int(index))
            for image, index in zip(images, class_indices, strict=True)
        }

    sample = pairs(*splits["train"]) | pairs(*splits["test"])
    assert sample <= pairs(*mnist.DATASET.load("train", store))
    test_images = {image.tobytes() for image in mnist.DATASET.load("test", store)[0]}
    assert not test_images & {image for image, _ in sample}
