"""Arrays of objects, which NumPy unpickles where it is let: they run their author's code."""

from __future__ import annotations

import os

import numpy as np
import pytest

from mnistkit.data.loading import load_split
from mnistkit.errors import DatasetError
from mnistkit.fetching.store import Store


class Acting:
    """What makes a folder when it is unpickled."""

    def __init__(self, marker):
        self.marker = str(marker)

    def __reduce__(self):
        return os.mkdir, (self.marker,)


@pytest.mark.parametrize("name", ["x_train", "y_train", "x_test", "class_names"])
def test_no_array_of_an_npz_is_unpickled(tmp_path, name):
    marker, path = tmp_path / "marker", tmp_path / "data.npz"
    arrays = {
        "x_train": np.zeros((20, 28, 28), np.uint8),
        "y_train": np.arange(20) % 10,
        "x_test": np.zeros((20, 28, 28), np.uint8),
        "y_test": np.arange(20) % 10,
    }
    arrays[name] = np.array([Acting(marker)], object)
    np.savez(path, allow_pickle=True, **arrays)
    try:
        load_split(f"npz:{path}", "train", Store())
    except DatasetError as error:
        assert "\n" not in str(error)  # noqa: PT017
    assert not marker.exists()


def test_no_npy_is_unpickled(tmp_path):
    marker, path = tmp_path / "marker", tmp_path / "data.npy"
    np.save(path, np.array([Acting(marker)], object), allow_pickle=True)
    with pytest.raises(DatasetError):
        load_split(f"npy:{path}", "test", Store())
    assert not marker.exists()
