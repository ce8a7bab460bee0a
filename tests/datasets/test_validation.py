"""Validation images of a dataset's own, and what else lies in a folder."""

from __future__ import annotations

import logging
import os
from collections import Counter

import numpy as np
import pytest
from PIL import Image

from mnistkit.data.loading import find_dataset, load_all, load_split, load_splits
from mnistkit.errors import DatasetError, UsageError
from mnistkit.fetching.store import Store

PARTS = {"train": slice(60), "validation": slice(60, 90), "test": slice(90, 110)}


def write(folder, sample, part):
    """Pictures of images of the sample, one folder a class."""
    for number in range(*part.indices(len(sample.images))):
        place = folder / str(sample.class_indices[number])
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(sample.images[number]).save(place / f"{number}.png")


def write_divided(folder, sample, *, train="train", validation="validation", test="test"):
    called = {"train": train, "validation": validation, "test": test}
    for split, name in called.items():
        write(folder / name, sample, PARTS[split])
    return f"folder:{folder}"


def shown(images):
    return Counter(image.tobytes() for image in images)


@pytest.mark.parametrize("name", ["val", "valid", "validation", "Val", "VALID", "Validation"])
def test_the_folder_beside_train_and_test_validates_by_any_of_its_names(tmp_path, sample, name):
    loaded = load_all(write_divided(tmp_path, sample, validation=name), Store())
    assert [part.split for part in loaded] == ["train", "validation", "test"]
    for part in loaded:
        assert shown(part.images) == shown(sample.images[PARTS[part.split]])


def test_the_other_splits_have_other_names_too(tmp_path, sample):
    name = write_divided(tmp_path, sample, train="Training", validation="valid", test="testing")
    assert find_dataset(name)[1].splits == ("train", "validation", "test")


def test_the_checksum_of_the_training_images_tells_other_validation_images(tmp_path, sample):
    with_some = write_divided(tmp_path / "a", sample)
    without = write_divided(tmp_path / "b", sample, validation="../elsewhere")
    first, second = (load_split(name, "train", Store()) for name in (with_some, without))
    assert shown(first.images) == shown(second.images)
    assert first.checksum() != second.checksum()
    assert second.validation is None


def test_validation_images_that_are_training_images_are_warned_of(tmp_path, sample, caplog):
    write(tmp_path / "valid", sample, slice(10))
    load_split(write_divided(tmp_path, sample, validation="valid"), "train", Store())
    assert "10 validation images are also training images" in caplog.text


def test_a_validation_folder_without_pictures_is_refused(tmp_path, sample):
    name = write_divided(tmp_path, sample, validation="../elsewhere")
    (tmp_path / "val" / "3").mkdir(parents=True)
    with pytest.raises(DatasetError, match="expected validation images, received 60 training"):
        load_split(name, "train", Store())


def test_training_and_validation_images_alone_are_no_two_classes(tmp_path, sample):
    for name in ("train", "valid"):
        write(tmp_path / name, sample, slice(10))
    with pytest.raises(DatasetError, match="expected a folder of test images beside train and val"):
        find_dataset(f"folder:{tmp_path}")


def test_a_dataset_without_validation_images_says_which_splits_it_has():
    with pytest.raises(UsageError, match=r"mnist-sample has \(train, test\), received validation"):
        load_split("mnist-sample", "validation", Store())


def test_of_a_mix_the_parts_that_have_validation_images_validate(tmp_path, sample, caplog):
    caplog.set_level(logging.INFO, "mnistkit")
    name = f"mix:mnist-sample+{write_divided(tmp_path, sample)}"
    train, test = load_splits(name, ("train", "test"), Store())
    assert shown(train.validation.images) == shown(sample.images[PARTS["validation"]])
    assert (len(train.images), len(test.images)) == (4060, 1020)
    assert f"the validation images are from folder:{tmp_path} only" in caplog.text


def test_arrays_validate_by_any_of_their_names(tmp_path, sample, caplog):
    arrays = {}
    for name, split in (("train", "train"), ("valid", "validation"), ("test", "test")):
        arrays[f"x_{name}"] = sample.images[PARTS[split]]
        arrays[f"y_{name}"] = sample.class_indices[PARTS[split]]
    np.savez(tmp_path / "x.npz", **arrays, notes=np.zeros(3))
    train = load_split(f"npz:{tmp_path / 'x.npz'}", "train", Store())
    np.testing.assert_array_equal(train.validation.images, sample.images[PARTS["validation"]])
    assert f"{tmp_path / 'x.npz'}: arrays left out (1): notes" in caplog.text
    del arrays["y_valid"]
    np.savez(tmp_path / "x.npz", **arrays)
    with pytest.raises(DatasetError, match="without y_valid; add the labels"):
        find_dataset(f"npz:{tmp_path / 'x.npz'}")


def left_out(caplog):
    """What the one warning names."""
    (line,) = [text for text in caplog.messages if " left out (" in text]
    return line


def test_what_lies_beside_the_classes_of_a_divided_folder_is_named_in_one_line(
    tmp_path, sample, caplog
):
    name = write_divided(tmp_path, sample, validation="valid")
    write(tmp_path / "val", sample, slice(5))
    write(tmp_path / "extra", sample, slice(5))
    for stray in ("a.png", "notes.txt", "train/b.png", "test/3/c.jxl", ".hidden.png"):
        (tmp_path / stray).parent.mkdir(exist_ok=True)
        (tmp_path / stray).write_bytes(b"?")
    load_split(name, "train", Store())
    assert left_out(caplog) == (
        f"{tmp_path}: files and folders left out (6): a.png, extra, notes.txt, val, train/b.png, "
        "test/3/c.jxl"
    )


def test_what_lies_beside_class_folders_is_named_in_one_line(tmp_path, sample, caplog):
    write(tmp_path / "x", sample, slice(150))
    for number in range(20):
        Image.fromarray(sample.images[number]).save(tmp_path / "x" / f"stray {number:02}.png")
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "x" / "4" / "link").symlink_to(tmp_path / "elsewhere")
    os.mkfifo(tmp_path / "x" / "4" / "pipe.png")
    load_split(f"folder:{tmp_path / 'x'}", "train", Store())
    named = left_out(caplog)
    assert named.startswith(
        f"{tmp_path / 'x'}: files and folders left out (22): 4/link, 4/pipe.png, stray 00.png"
    )
    assert named.endswith("stray 09.png and 10 more")


@pytest.mark.parametrize(
    "picture",
    [
        pytest.param(None, id="no pictures"),
        pytest.param(b"\x89PNG\r\n\x1a\n", id="broken ones"),
        pytest.param(Image.new("L", (40, 40), 255), id="blank ones"),
    ],
)
@pytest.mark.parametrize("empty", [1, 2], ids=["a class", "all classes"])
def test_classes_without_a_picture_that_shows_something_are_refused(
    tmp_path, sample, picture, empty
):
    """In one line, and not by an exception of NumPy's."""
    write(tmp_path, sample, slice(150))
    classes = sorted(tmp_path.iterdir())
    for folder in classes[:1] if empty == 1 else classes:
        for file in folder.iterdir():
            if picture is None:
                file.unlink()
            elif isinstance(picture, bytes):
                file.write_bytes(picture)
            else:
                picture.save(file)
    for split in ("train", "test"):
        with pytest.raises(DatasetError, match=r"images of every class, .* none of 0") as no:
            load_split(f"folder:{tmp_path}", split, Store())
        assert "\n" not in str(no.value)
        assert no.value.exit_code == 3
