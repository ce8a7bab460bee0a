"""The IDX format."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from mnistkit.datasets import idx
from mnistkit.errors import DatasetError

IMAGES = np.random.default_rng(0).integers(0, 256, (3, 4, 5), np.uint8)
LABELS = np.array([7, 0, 255], np.uint8)


def idx_file(array, type_code=0x08):
    header = struct.pack(f">BBBB{array.ndim}I", 0, 0, type_code, array.ndim, *array.shape)
    return header + array.tobytes()


def test_images_are_read_as_they_were_written():
    received = idx.read_images(idx_file(IMAGES), "images")
    assert received.dtype == np.uint8
    np.testing.assert_array_equal(received, IMAGES)


def test_labels_are_read_as_int64():
    received = idx.read_labels(idx_file(LABELS), "labels")
    assert received.dtype == np.int64
    assert received.tolist() == [7, 0, 255]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "an empty file", id="empty"),
        pytest.param(b"\0\0", "0000", id="cut in the magic number"),
        pytest.param(b"<html><body>not found", "3c68746d", id="another kind of file"),
        pytest.param(idx_file(LABELS), "00000801", id="labels in place of images"),
        pytest.param(idx_file(IMAGES, type_code=0x0D), "00000d03", id="floats"),
        pytest.param(idx_file(IMAGES)[:10], "10 bytes in all", id="cut in the header"),
        pytest.param(idx_file(IMAGES)[:-1], "received 75", id="cut in the pixels"),
        pytest.param(idx_file(IMAGES)[:16], "received 16", id="without pixels"),
        pytest.param(idx_file(IMAGES) + b"\0", "received 77", id="too long"),
        pytest.param(
            struct.pack(">I3I", 0x803, *(2**32 - 1,) * 3), "received 16", id="states a huge shape"
        ),
    ],
)
def test_a_damaged_image_file_is_refused_in_one_line(content, said):
    with pytest.raises(DatasetError, match=said) as refusal:
        idx.read_images(content, "train-images")
    assert str(refusal.value).startswith("train-images: expected")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("shape", [(2**32 - 1, 2**32 - 1, 0), (0, 28, 28), (0, 0, 0)])
def test_a_shape_without_values_is_refused(shape):
    with pytest.raises(DatasetError, match="expected a shape that has values"):
        idx.read_images(struct.pack(">I3I", 0x803, *shape), "train-images")


def test_labels_of_no_columns_are_refused():
    with pytest.raises(DatasetError, match=r"received \(60000, 0\)"):
        idx.read_extended_labels(struct.pack(">I2I", 0xC02, 60_000, 0), "train-labels")


@pytest.mark.parametrize("content", [idx_file(IMAGES), idx_file(LABELS)[:-1], b""])
def test_a_damaged_label_file_is_refused(content):
    with pytest.raises(DatasetError, match=r"^train-labels: expected"):
        idx.read_labels(content, "train-labels")


def test_counts_that_disagree_are_refused_with_both_figures():
    with pytest.raises(DatasetError, match="2 images and 3 labels"):
        idx.check_counts(IMAGES[:2], LABELS.astype(np.int64), "mnist train")


def test_counts_that_agree_pass():
    idx.check_counts(IMAGES, LABELS.astype(np.int64), "mnist train")
