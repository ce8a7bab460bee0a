"""Several datasets as one."""

from __future__ import annotations

import numpy as np
import pytest

from mnistkit.core.data import find_dataset, load_splits
from mnistkit.datasets.store import Store
from mnistkit.errors import DatasetError, UsageError


@pytest.fixture(scope="module")
def own(sample, tmp_path_factory):
    """Sevens and threes of one's own, in a folder whose name has a plus."""
    file = tmp_path_factory.mktemp("a+b") / "own.npz"
    images = 255 - sample.images[:40]
    labels = np.where(np.arange(40) % 2, 7, 3).astype(np.uint8)
    splits = {"x_train": images[:30], "y_train": labels[:30]}
    np.savez(file, x_test=images[30:], y_test=labels[30:], **splits)
    return f"npz:{file}"


def test_the_images_of_both_come_under_their_own_labels(own):
    name, dataset = find_dataset(f"mix:mnist-sample+{own}")
    assert name == f"mix:mnist-sample+{own}"
    assert dataset.class_names == tuple("0123456789")
    for mixed, first, second in zip(
        *(load_splits(part, ("train", "test"), Store()) for part in (name, "mnist-sample", own)),
        strict=True,
    ):
        np.testing.assert_array_equal(mixed.images, np.concatenate([first.images, second.images]))
        labels = [
            part.dataset.class_names[index]
            for part in (first, second)
            for index in part.class_indices
        ]
        assert [mixed.dataset.class_names[index] for index in mixed.class_indices] == labels


def test_one_dataset_alone_is_no_mix():
    with pytest.raises(UsageError, match="received mix:mnist; name the other dataset"):
        find_dataset("mix:mnist")


def test_labels_the_first_has_not_are_refused(own):
    with pytest.raises(DatasetError, match=r"labels that npz:.* has, received '0' besides"):
        find_dataset(f"mix:{own}+mnist-sample")


def test_pictures_that_are_prepared_otherwise_are_refused(own):
    path = own.removeprefix("npz:")
    with pytest.raises(DatasetError, match="by 'digit', as for mnist-sample, received 'object'"):
        find_dataset(f"mix:mnist-sample+npz:object:{path}")
