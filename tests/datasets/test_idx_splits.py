"""The published datasets.

What can't be had here is made in exactly the published form, with other content; where the
checksum of the content is known, such a file has to be refused.
"""

from __future__ import annotations

import bz2
import gzip
import logging
import os
import struct
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mnistkit.data.loading import LabelledImages, load_split
from mnistkit.datasets import emnist, fashion_mnist, kmnist, mnist, qmnist, usps
from mnistkit.errors import DatasetError, DatasetUnavailableError, VerificationError
from mnistkit.fetching.store import Store

RANDOM = np.random.default_rng(0)
DATASETS = {
    "mnist": mnist.DATASET,
    "fashion-mnist": fashion_mnist.DATASET,
    "kmnist": kmnist.DATASET,
    "emnist-digits": emnist.DIGITS,
    "emnist-letters": emnist.LETTERS,
    "emnist-balanced": emnist.BALANCED,
    "qmnist": qmnist.DATASET,
    "usps": usps.DATASET,
}


LETTERS = emnist.LETTERS_SPLITS["test"]


def image_file(images):
    return struct.pack(">4I", 0x803, *images.shape) + images.tobytes()


def label_file(labels):
    return struct.pack(">2I", 0x801, len(labels)) + bytes(labels)


def lay(folder, split, images, labels):
    """Write the two files of a split, compressed."""
    folder.mkdir(exist_ok=True)
    for file, content in ((split.images, images), (split.labels, labels)):
        (folder / file.name).write_bytes(gzip.compress(content, 1))


@pytest.mark.parametrize("name", DATASETS)
def test_the_facts_are_whole(name):
    dataset = DATASETS[name]
    assert dataset.counts.keys() == {"train", "test"}
    assert dataset.licence
    for file in {file.to_fetch for file in dataset.files}:
        assert file.publication.mirrors
        assert all(mirror.endswith("/") for mirror in file.publication.mirrors)
        algorithm, _, digits = file.published.partition(":")
        assert len(bytes.fromhex(digits)) == {"md5": 16, "sha256": 32}[algorithm]


def test_the_labels_of_emnist_are_those_of_its_published_mapping():
    # emnist-balanced-mapping.txt: the code points of class 0 to 46.
    mapping = [*range(48, 58), *range(65, 91), 97, 98, *range(100, 105), 110, 113, 114, 116]
    assert emnist.BALANCED.class_names == tuple(map(chr, mapping))
    assert emnist.LETTERS.class_names == tuple(map(chr, range(65, 91)))


def test_emnist_is_turned_upright_and_its_letters_count_from_0(tmp_path, caplog):
    caplog.set_level(logging.INFO, "mnistkit")
    split = replace(LETTERS, count=3)
    images = RANDOM.integers(0, 256, (3, 28, 28), np.uint8)
    lay(tmp_path / "emnist", split, image_file(images), label_file([1, 26, 2]))
    received, class_indices = split.load(Store(tmp_path))
    np.testing.assert_array_equal(received, [image.T for image in images])
    assert [emnist.LETTERS.class_names[index] for index in class_indices] == ["A", "Z", "B"]
    assert "only its shape and labels were checked" in caplog.text


@pytest.mark.parametrize(
    ("count", "shape", "labels", "said"),
    [
        pytest.param(4, (3, 28, 28), [1, 2, 3], r"expected \(4, 28, 28\)", id="count"),
        pytest.param(3, (3, 27, 28), [1, 2, 3], r"received \(3, 27, 28\)", id="size"),
        pytest.param(3, (0, 28, 28), [], r"received \(0, 28, 28\); get", id="no images"),
        pytest.param(3, (3, 28, 28), [0, 1, 2], "labels from 0 to 2", id="label below the first"),
        pytest.param(3, (3, 28, 28), [1, 2, 27], "labels from 1 to 27", id="label above the last"),
    ],
)
def test_a_file_without_a_known_checksum_is_held_to_its_form(tmp_path, count, shape, labels, said):
    split = replace(LETTERS, count=count)
    lay(tmp_path / "emnist", split, image_file(np.zeros(shape, np.uint8)), label_file(labels))
    with pytest.raises(DatasetError, match=said):
        split.load(Store(tmp_path))


def test_the_first_column_of_qmnists_labels_is_the_digit(tmp_path):
    split = replace(qmnist.SPLITS["train"], count=3)
    labels = RANDOM.integers(10, 3000, (3, 8))
    labels[:, 0] = [7, 0, 9]
    content = struct.pack(">3I", 0x0C02, *labels.shape) + labels.astype(">i4").tobytes()
    lay(tmp_path, split, image_file(np.zeros((3, 28, 28), np.uint8)), content)
    images, class_indices = split.load(Store(tmp_path))
    assert images.shape == (3, 28, 28)
    assert class_indices.tolist() == [7, 0, 9]
    assert class_indices.dtype == np.int64


@pytest.mark.parametrize("name", ["kmnist", "fashion-mnist"])
def test_the_files_of_another_dataset_of_the_same_names_are_refused(tmp_path, name):
    split = {"kmnist": kmnist, "fashion-mnist": fashion_mnist}[name].SPLITS["test"]
    images = image_file(np.zeros((10_000, 28, 28), np.uint8))
    lay(tmp_path / name, split, images, label_file([0] * 10_000))
    with pytest.raises(VerificationError, match=split.images.content):
        DATASETS[name].load("test", Store(tmp_path))


def sparse(labels, values):
    """USPS as libsvm's page has it."""
    rows = (
        f"{label} " + " ".join(f"{place}:{value:g}" for place, value in enumerate(row, 1))
        for label, row in zip(labels, values, strict=True)
    )
    return bz2.compress("".join(f"{row} \n" for row in rows).encode())


def dense(labels, values):
    """USPS as the page of The Elements of Statistical Learning has it."""
    rows = (
        f"{label:.4f} " + " ".join(f"{value:g}" for value in row)
        for label, row in zip(labels, values, strict=True)
    )
    return gzip.compress("".join(f"{row}\n" for row in rows).encode())


@pytest.fixture
def scans(monkeypatch):
    """Grey levels (3, 256) of three digits, as many as the training split has for now."""
    monkeypatch.setitem(usps.COUNTS, "train", 3)
    values = np.full((3, 16, 16), -1.0)
    values[:, 2:14, 6:9] = 1
    values[1, 4, 3] = 0.5
    return values.reshape(3, 256)


def test_both_forms_of_usps_are_the_same_digits(tmp_path, scans):
    forms = {"usps.bz2": sparse([1, 10, 6], scans), "zip.train.gz": dense([0, 9, 5], scans)}
    for name, content in forms.items():
        folder = tmp_path / name
        folder.mkdir()
        (folder / name).write_bytes(content)
        pictures, class_indices = usps.load_pictures("train", Store(folder))
        assert class_indices.tolist() == [0, 9, 5]
        np.testing.assert_array_equal(pictures, np.rint(scans * 127.5 + 127.5).reshape(3, 16, 16))
        images, _ = usps.DATASET.load("train", Store(folder))
        assert images.shape == (3, 28, 28)
        rows = np.flatnonzero(images[0].any(axis=1))
        assert rows[-1] - rows[0] + 1 == 20


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(lambda _: bz2.compress(b"<html>"), "could not convert", id="no numbers"),
        pytest.param(lambda scans: sparse([1, 2], scans[:2]), "received 2", id="too few"),
        pytest.param(lambda scans: sparse([1, 2, 11], scans), "labels from 0 to 10", id="label"),
        pytest.param(lambda scans: sparse([1, 2, 3], scans * 2), "up to 2", id="too bright"),
        pytest.param(lambda scans: sparse([1, 2, 3], scans * np.nan), "up to nan", id="no levels"),
        pytest.param(lambda scans: sparse([1, 2, 2.5], scans), "labels from 0 to 1.5", id="halves"),
        pytest.param(lambda scans: sparse([1, 2, 3], scans[:, :255]), "510 numbers", id="narrow"),
        pytest.param(
            lambda scans: bz2.compress(
                bz2.decompress(sparse([1] * 3, scans)).replace(b" 7:", b" 8:")
            ),
            "indices",
            id="indices",
        ),
        pytest.param(lambda scans: sparse([1] * 3, scans)[:-9], "whole bzip2 file", id="cut"),
    ],
)
def test_damaged_usps_files_are_refused(tmp_path, scans, content, said):
    (tmp_path / "usps.bz2").write_bytes(content(scans))
    with pytest.raises(DatasetError, match=said) as refusal:
        usps.DATASET.load("train", Store(tmp_path))
    assert "\n" not in str(refusal.value)


def test_labels_in_a_file_that_is_far_too_large_are_refused_before_they_are_converted(tmp_path):
    (tmp_path / "kmnist").mkdir()
    (tmp_path / "kmnist" / "t10k-images-idx3-ubyte").touch()
    with (tmp_path / "kmnist" / "t10k-labels-idx1-ubyte").open("wb") as file:
        file.truncate(2**27)
    with pytest.raises(DatasetError, match="at most 16,777,216 bytes"):
        kmnist.DATASET.load("test", Store(tmp_path))


def test_usps_in_a_file_that_is_far_too_large_is_refused_before_it_is_parsed(tmp_path):
    with (tmp_path / "usps").open("wb") as file:
        file.truncate(2**27)
    with pytest.raises(DatasetError, match="at most 67,108,864 bytes"):
        usps.DATASET.load("train", Store(tmp_path))


@pytest.mark.skipif(
    not fashion_mnist.PUBLICATION.installed.is_dir(),
    reason="install Debian's package dataset-fashion-mnist",
)
def test_fashion_mnist_is_found_where_debian_lays_it():
    loaded = load_split("fashion-mnist", "test", Store())
    assert isinstance(loaded, LabelledImages)
    assert np.bincount(loaded.class_indices).tolist() == [1000] * 10
    first = [loaded.dataset.class_names[index] for index in loaded.class_indices[:4]]
    assert first == ["Ankle boot", "Pullover", "Trouser", "Trouser"]


@pytest.mark.skipif(
    not os.environ.get("MNISTKIT_DATA"), reason="set MNISTKIT_DATA to a folder that holds USPS"
)
def test_the_real_usps_digits_are_read_by_a_model_of_mnist(bundled):
    loaded = load_split("usps", "test", Store(Path(os.environ["MNISTKIT_DATA"])))
    assert len(loaded.images) == 2007
    right = bundled.predict(loaded.images).argmax(axis=1) == loaded.class_indices
    assert right.mean() > 0.97


def test_without_a_network_every_mirror_and_the_folder_to_lay_it_in_are_named(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr("mnistkit.fetching.download.sleep", lambda _: None)
    for name in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with pytest.raises(DatasetUnavailableError, match="emnist/") as failure:
        load_split("emnist-letters", "test", Store())
    for mirror in emnist.PUBLICATION.mirrors:
        assert mirror.split("/")[2] in str(failure.value)
