"""Images without labels, which `predict` alone takes."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest

from mnistkit.data.loading import find_dataset, load_images, load_split
from mnistkit.errors import DatasetError, UsageError
from mnistkit.fetching.store import Store

COUNT = 12


def write_csv(path, images, *, header=False):
    lines = [",".join(map(str, image.ravel().tolist())) for image in images]
    first = [",".join(f"pixel{number}" for number in range(784))] if header else []
    path.write_text("\n".join([*first, *lines]) + "\n")


@pytest.fixture(scope="module")
def files(tmp_path_factory, sample):
    """The same images in every form that has no labels, by the names of the datasets."""
    folder = tmp_path_factory.mktemp("unlabelled")
    images = sample.images[:COUNT]
    write_csv(folder / "test.csv", images)
    write_csv(folder / "header.csv", images, header=True)
    np.save(folder / "images.npy", images)
    np.save(folder / "flat.npy", images.reshape(COUNT, 784))
    np.save(folder / "columns.npy", np.asfortranarray(images[..., None]))
    for name in ("x", "x_test", "images"):
        np.savez_compressed(folder / f"{name}.npz", **{name: images})
    np.savez(folder / "nameless.npz", images)
    return {path.name: f"{path.suffix[1:]}:{path}" for path in folder.iterdir()}


FORMS = ["test.csv", "header.csv", "images.npy", "flat.npy", "columns.npy"]
FORMS += ["x.npz", "x_test.npz", "images.npz", "nameless.npz"]


@pytest.mark.parametrize("form", FORMS)
def test_images_without_labels_are_read_in_their_order(files, sample, form):
    loaded = load_images(files[form], "test", Store())
    np.testing.assert_array_equal(loaded.images, sample.images[:COUNT])
    assert loaded.dataset.class_names == ()
    assert loaded.class_indices.tolist() == [-1] * COUNT


@pytest.mark.parametrize("form", ["test.csv", "images.npy", "x.npz"])
def test_without_labels_nothing_is_learned_or_measured(files, form):
    for name in (files[form], f"mix:mnist-sample+{files[form]}"):
        with pytest.raises(DatasetError, match=r"expected labelled images, .* predict") as refusal:
            load_split(name, "test", Store())
        assert "\n" not in str(refusal.value)


def test_without_labels_there_is_one_split(files):
    with pytest.raises(UsageError, match=r"\(test\), received train"):
        load_images(files["test.csv"], "train", Store())


def test_of_two_files_each_has_labels(files):
    path = files["test.csv"].removeprefix("csv:")
    with pytest.raises(DatasetError, match="label is missing in image 1"):
        find_dataset(f"csv:{path},{path}")


def test_arrays_without_labels_of_their_own_are_refused(tmp_path, sample):
    np.savez(tmp_path / "x.npz", x_train=sample.images[:5], x_test=sample.images[5:9])
    with pytest.raises(DatasetError, match="without y_train, y_test; add the labels"):
        find_dataset(f"npz:{tmp_path / 'x.npz'}")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(np.zeros((3, 28, 28)), "float64", id="floats"),
        pytest.param(np.zeros((3, 32, 32), np.uint8), r"\(3, 32, 32\)", id="larger"),
        pytest.param(np.zeros((0, 28, 28), np.uint8), r"uint8 \(0, 28, 28\)", id="none"),
        pytest.param(np.array([object()] * 3), "object", id="objects"),
        pytest.param(b"no array", "other bytes", id="no array"),
        pytest.param(b"", "other bytes", id="empty"),
    ],
)
def test_an_array_of_something_else_is_refused_in_one_line(tmp_path, content, said):
    path = tmp_path / "x.npy"
    path.write_bytes(content) if isinstance(content, bytes) else np.save(path, content)
    with pytest.raises(DatasetError, match=said) as refusal:
        load_images(f"npy:{path}", "test", Store())
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize("form", ["test.csv", "images.npy", "x.npz"])
def test_predict_numbers_the_rows_from_1(mnistkit, bundled, sample, files, form):
    words = ("predict", "--model", "bundled", "--dataset", files[form])
    header, *rows = csv.reader(io.StringIO(mnistkit(*words, "--format", "csv").stdout))
    labels = [str(row) for row in bundled.predict(sample.images[:COUNT]).argmax(axis=1)]
    assert header == ["source", "label", "confidence"]
    numbers = map(str, range(1, COUNT + 1))
    assert [row[:2] for row in rows] == [list(pair) for pair in zip(numbers, labels, strict=True)]
    record = json.loads(mnistkit(*words, "--format", "jsonl", "--index", 4).stdout)
    assert (record["source"], "true_label" in record) == ("5", False)


def test_an_array_in_place_of_a_picture_is_answered_with_the_name_it_has(mnistkit, files):
    path = files["images.npy"].removeprefix("npy:")
    answered = mnistkit("predict", path)
    assert answered.returncode == 1
    assert f"--dataset npy:{path}" in answered.stderr
    assert f"did you mean npy:{path}" in mnistkit("predict", "--dataset", path).stderr


@pytest.mark.parametrize("command", [("train",), ("evaluate", "--model", "bundled")])
def test_other_commands_say_that_the_labels_are_missing(mnistkit, files, command):
    answered = mnistkit(*command, "--dataset", files["test.csv"])
    assert answered.returncode == 3
    (line,) = answered.stderr.splitlines()
    assert "images without labels" in line
