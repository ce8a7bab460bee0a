"""Several datasets as one."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from mnistkit.data.loading import find_dataset, load_split, load_splits
from mnistkit.datasets import csv_file
from mnistkit.errors import DatasetError, UsageError
from mnistkit.fetching.store import Store


@pytest.fixture(scope="module")
def own(sample, tmp_path_factory):
    """Sevens and threes of one's own, in a folder whose name has a plus."""
    file = tmp_path_factory.mktemp("a+b") / "own.npz"
    images = 255 - sample.images[:40]
    labels = np.where(np.arange(40) % 2, 7, 3).astype(np.uint8)
    splits = {"x_train": images[:30], "y_train": labels[:30]}
    np.savez(file, x_test=images[30:], y_test=labels[30:], **splits)
    return f"npz:{file}"


def labelled(part):
    """How often each image is there under each label."""
    return Counter(
        (image.tobytes(), part.dataset.class_names[index])
        for image, index in zip(part.images, part.class_indices, strict=True)
    )


def test_the_images_of_both_come_under_their_own_labels(own):
    name, dataset = find_dataset(f"mix:mnist-sample+{own}")
    assert name == f"mix:mnist-sample+{own}"
    assert dataset.class_names == tuple("0123456789")
    for split in ("train", "test"):
        mixed, first, second = (
            load_split(part, split, Store()) for part in (name, "mnist-sample", own)
        )
        assert labelled(mixed) == labelled(first) + labelled(second)
        # Both are among the first ones, which a limit leaves.
        some = replace(mixed, images=mixed.images[:500], class_indices=mixed.class_indices[:500])
        assert labelled(some) & labelled(first)
        assert labelled(some) & labelled(second) or split == "test"


def test_a_file_is_read_and_warned_of_once(tmp_path, sample, monkeypatch, caplog):
    rows = np.column_stack([sample.class_indices[:150], 255 - sample.images[:150].reshape(150, -1)])
    np.savetxt(tmp_path / "own.csv", rows, "%d", ",")
    read = []
    opened = csv_file.opened
    monkeypatch.setattr(
        csv_file, "opened", lambda path, most: read.append(path) or opened(path, most=most)
    )
    load_splits(f"mix:mnist-sample+csv:{tmp_path / 'own.csv'}", ("train", "test"), Store())
    assert read == [tmp_path / "own.csv"]
    assert caplog.text.count("dark on white") == 1


def test_one_dataset_alone_is_no_mix():
    with pytest.raises(UsageError, match="received mix:mnist; name the other dataset"):
        find_dataset("mix:mnist")


def test_labels_the_first_has_not_are_refused(own):
    with pytest.raises(DatasetError, match=r"only the labels of npz:.*, also received '0'"):
        find_dataset(f"mix:{own}+mnist-sample")


def test_pictures_that_are_prepared_otherwise_are_refused(own):
    path = own.removeprefix("npz:")
    with pytest.raises(DatasetError, match="'digit', as of mnist-sample, received 'object'"):
        find_dataset(f"mix:mnist-sample+npz:object:{path}")
