"""MNIST from a data folder."""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from mnistkit.datasets.mnist import DATASET
from mnistkit.errors import DatasetError, VerificationError
from mnistkit.fetching.store import Store

NAMES = {"train": "train", "test": "t10k"}


def write_split(folder, split, images, labels):
    """Write the bytes of a split's two files, compressed."""
    for name, content in (("images-idx3", images), ("labels-idx1", labels)):
        path = folder / "mnist" / f"{NAMES[split]}-{name}-ubyte.gz"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(gzip.compress(content))


def image_file(count, magic=0x803):
    pixels = np.random.default_rng(0).integers(0, 256, (count, 28, 28), np.uint8)
    return struct.pack(">4I", magic, count, 28, 28) + pixels.tobytes()


def label_file(count, magic=0x801):
    return struct.pack(">2I", magic, count) + bytes(range(count))


@pytest.mark.parametrize("split", ["train", "test"])
@pytest.mark.parametrize(
    ("images", "labels", "said"),
    [
        pytest.param(image_file(3)[:-5], label_file(3), "images-idx3.* bytes", id="truncated"),
        pytest.param(image_file(3), label_file(3)[:-1], "labels-idx1.* bytes", id="labels cut"),
        pytest.param(image_file(3, 0x801), label_file(3), "00000803", id="wrong magic"),
        pytest.param(image_file(3), label_file(3, 0x803), "00000801", id="labels' wrong magic"),
        pytest.param(b"", label_file(3), "an empty file", id="empty"),
        pytest.param(image_file(3), label_file(2), "3 images and 2 labels", id="counts"),
    ],
)
def test_a_malformed_file_is_refused(tmp_path, split, images, labels, said):
    write_split(tmp_path, split, images, labels)
    with pytest.raises(DatasetError, match=said) as refusal:
        DATASET.load(split, Store(tmp_path))
    assert refusal.value.exit_code == 3


def test_a_truncated_download_is_refused(tmp_path):
    write_split(tmp_path, "test", image_file(3), label_file(3))
    path = tmp_path / "mnist" / "t10k-images-idx3-ubyte.gz"
    path.write_bytes(path.read_bytes()[:500])
    with pytest.raises(DatasetError, match="whole gzip file"):
        DATASET.load("test", Store(tmp_path))


def test_files_of_the_right_form_with_other_content_fail_the_checksum(tmp_path):
    write_split(tmp_path, "test", image_file(3), label_file(3))
    with pytest.raises(VerificationError, match=r"t10k-images-idx3-ubyte.*sha256:") as refusal:
        DATASET.load("test", Store(tmp_path))
    assert refusal.value.exit_code == 4


@pytest.mark.skipif(
    not os.environ.get("MNISTKIT_DATA"), reason="set MNISTKIT_DATA to a folder that holds MNIST"
)
@pytest.mark.parametrize(
    ("split", "count", "first"),
    [("train", 60_000, [5, 0, 4, 1]), ("test", 10_000, [7, 2, 1, 0])],
)
def test_the_real_files_are_read_in_their_order(split, count, first):
    images, class_indices = DATASET.load(split, Store(Path(os.environ["MNISTKIT_DATA"])))
    assert images.shape == (count, 28, 28)
    assert images.dtype == np.uint8
    assert class_indices.shape == (count,)
    assert class_indices.dtype == np.int64
    assert class_indices[:4].tolist() == first
    assert set(class_indices.tolist()) == set(range(10))
    # Bright ink on black: most of a picture is paper.
    assert (images == 0).mean() > 0.7
