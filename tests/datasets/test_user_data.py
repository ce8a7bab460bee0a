"""Datasets of the user's own: folders of pictures, CSV and NPZ files."""

from __future__ import annotations

import gzip
import io
import logging
import time
import zipfile

import numpy as np
import pytest
from permissions import reachable_folder, refused
from PIL import Image

from mnistkit.data.loading import find_dataset, load_split, load_splits
from mnistkit.datasets import folder as folder_datasets
from mnistkit.datasets import user_data
from mnistkit.datasets.places import Place
from mnistkit.errors import DatasetError, UsageError
from mnistkit.fetching.store import Store

BOTH = ("train", "test")


def pairs(part):
    """The images of a split with their labels, to compare whatever their order."""
    names = part.dataset.class_names
    return sorted(
        (image.tobytes(), names[index])
        for image, index in zip(part.images, part.class_indices, strict=True)
    )


def write_folder(folder, sample, count, names="0123456789"):
    """Write the sample's first images as pictures, dark on white, below their class's name."""
    for number in range(count):
        place = folder / names[sample.class_indices[number]]
        place.mkdir(parents=True, exist_ok=True)
        Image.fromarray(255 - sample.images[number]).save(place / f"{number}.png")


@pytest.fixture(scope="module")
def digits(tmp_path_factory, sample):
    """A folder with 200 pictures of digits."""
    folder = tmp_path_factory.mktemp("own") / "my digits"
    write_folder(folder, sample, 200)
    return folder


def test_pictures_in_a_folder_a_class_become_the_images_of_these_classes(digits, sample):
    parts = load_splits(f"folder:{digits}", BOTH, Store())
    assert parts[0].dataset.class_names == tuple("0123456789")
    assert parts[0].dataset.preparation == "digit"
    expected = [
        (image.tobytes(), str(index))
        for image, index in zip(sample.images[:200], sample.class_indices[:200], strict=True)
    ]
    assert sorted(pairs(parts[0]) + pairs(parts[1])) == sorted(expected)
    assert 15 < len(parts[1].images) < 70
    # So that the first images are a sample, too.
    assert len(set(parts[0].class_indices[:40].tolist())) == 10


def test_another_picture_moves_none_of_the_others(digits, sample, tmp_path):
    write_folder(tmp_path, sample, 230)
    few, more = (load_splits(f"folder:{place}", BOTH, Store()) for place in (digits, tmp_path))
    for before, after in zip(few, more, strict=True):
        assert set(pairs(before)) < set(pairs(after))


def test_the_same_picture_twice_comes_into_one_split(digits, tmp_path, sample):
    write_folder(tmp_path, sample, 200)
    for picture in list(tmp_path.rglob("*.png")):
        Image.open(picture).save(picture.with_suffix(".bmp"))
    once, twice = (load_splits(f"folder:{place}", BOTH, Store()) for place in (digits, tmp_path))
    for before, after in zip(once, twice, strict=True):
        assert set(pairs(before)) == set(pairs(after))
        assert len(after.images) == 2 * len(before.images)


def test_the_recorded_name_leads_back_from_another_folder(digits, monkeypatch, tmp_path):
    monkeypatch.chdir(digits.parent)
    relative = load_split("folder:my digits", "test", Store())
    assert relative.name == f"folder:{digits}"
    monkeypatch.chdir(tmp_path)
    assert load_split(relative.name, "test", Store()).checksum() == relative.checksum()


def test_train_and_test_folders_are_the_splits(tmp_path, sample, caplog):
    write_folder(tmp_path / "train", sample, 60)
    write_folder(tmp_path / "test", sample, 20)
    train, test = load_splits(f"folder:{tmp_path}", BOTH, Store())
    assert (len(train.images), len(test.images)) == (60, 20)
    assert train.dataset.class_names == test.dataset.class_names
    missing = set("0123456789") - {path.name for path in (tmp_path / "test").iterdir()}
    assert f"no test images of {', '.join(sorted(missing))}" in caplog.text


def test_pictures_of_both_splits_are_warned_of(tmp_path, sample, caplog):
    for split in BOTH:
        write_folder(tmp_path / split, sample, 30)
    load_split(f"folder:{tmp_path}", "test", Store())
    assert "30 test images are also training images" in caplog.text


def test_nothing_is_left_out_silently(tmp_path, sample, caplog):
    caplog.set_level(logging.INFO, "mnistkit")
    write_folder(tmp_path, sample, 150)
    (tmp_path / "3" / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    Image.new("L", (40, 40), 255).save(tmp_path / "4" / "blank.png")
    (tmp_path / "5" / "photo.jxl").touch()
    for hidden in (".DS_Store", "5/._7.png", ".cache/x.png"):
        (tmp_path / hidden).parent.mkdir(exist_ok=True)
        (tmp_path / hidden).write_bytes(b"hidden")
    parts = load_splits(f"folder:{tmp_path}", BOTH, Store())
    assert sum(len(part.images) for part in parts) == 150
    for said in (
        "cut.png: expected",
        "blank.png: the picture is blank",
        "2 of 152 pictures",
        "photo.jxl",
    ):
        assert said in caplog.text
    assert caplog.text.count("cut.png") == 1
    assert "hidden" not in caplog.text
    assert "._7" not in caplog.text


@pytest.mark.parametrize(
    ("made", "said"),
    [
        pytest.param([], "expected one sub-folder per class, received none", id="no folder"),
        pytest.param(["a/1.png"], "from 2 to 1,000 classes, received 1", id="one class"),
        pytest.param(["a/1.png", "b/"], "received none of b", id="an empty class"),
        pytest.param(["train/a/", "test/a/", "test/b/"], "also received b;", id="new in test"),
        pytest.param([f"{n}/" for n in range(1001)], "received 1,001", id="too many classes"),
        pytest.param(["a/1.png", "b/1.png"], "expected test images", id="no test images"),
        pytest.param(["a/1.png", "b\n/1.png"], "printable", id="a name of two lines"),
    ],
)
def test_a_folder_that_can_not_be_learned_from_is_refused(tmp_path, made, said):
    for number, name in enumerate(made):
        path = tmp_path / name
        (path.parent if path.suffix else path).mkdir(parents=True, exist_ok=True)
        if path.suffix:
            Image.new("L", (28, 28), 250 - number).save(path)
            Image.fromarray(np.eye(28, dtype=np.uint8) * 200).save(path)
    with pytest.raises(DatasetError, match=said) as refusal:
        load_split(f"folder:{tmp_path}", "train", Store())
    assert "\n" not in str(refusal.value)


def test_a_folder_of_pictures_that_may_not_be_read_is_refused(sample):
    with reachable_folder() as folder:
        write_folder(folder, sample, 60)
        (folder / "3" / "more").mkdir()
        with refused(folder / "3" / "more"), pytest.raises(DatasetError) as refusal:
            load_split(f"folder:{folder}", "train", Store())
    assert str(refusal.value).startswith(f"{folder}/3/more: no permission; change its permissions")


def test_the_preparation_of_many_pictures_is_told_of_as_it_goes_on(
    tmp_path, sample, monkeypatch, caplog
):
    caplog.set_level(logging.INFO, "mnistkit")
    write_folder(tmp_path, sample, 60)
    monkeypatch.setattr(folder_datasets, "REPORT_INTERVAL", 0)
    load_splits(f"folder:{tmp_path}", BOTH, Store())
    assert "prepared 59 of 60 pictures" in caplog.messages


@pytest.mark.parametrize(
    ("names", "preparation"),
    [
        ("0123", "digit"),
        (["zero", "One", "NINE"], "digit"),
        (["three", "7"], "digit"),
        ("0aZ", "character"),
        (["cat", "dog"], "object"),
        (["one", "ten"], "object"),
        (["1", "10"], "object"),
    ],
)
def test_the_class_names_suggest_how_pictures_are_prepared(names, preparation):
    assert Place("somewhere").preparation_for(names) == preparation
    assert Place("somewhere", "object").preparation_for(names) == "object"


def test_a_preparation_in_the_name_is_obeyed_and_recorded(digits):
    name, dataset = find_dataset(f"folder:object:{digits}")
    assert name == f"folder:object:{digits}"
    assert dataset.preparation == "object"


def test_the_preparation_of_a_folder_is_said_once_when_it_is_read(digits, caplog):
    caplog.set_level(logging.INFO, "mnistkit")
    load_splits(f"folder:{digits}", ("train", "test"), Store())
    assert caplog.text.count(f"{digits.name}: pictures are prepared as digits") == 1


def test_class_names_are_sorted_as_people_do():
    names = ["10", "9", "b2", "a10", "a9", "b"]
    assert user_data.naturally_sorted(names) == ("9", "10", "a9", "a10", "b", "b2")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("folder", "expected folder:PATH"),
        ("csv:", "expected csv:TRAIN"),
        ("mnist:x", "no colon"),
        ("folder:object:", "received none"),
        ("csv:a.csv,", "received none"),
        ("folder:~nosuchuser/x", "received ~nosuchuser/x"),
        ("folder:two\nlines", r"printable characters, received 'two\\nlines'"),
    ],
)
def test_a_name_that_says_too_little_or_too_much_is_refused(name, said):
    with pytest.raises(UsageError, match=said):
        find_dataset(name)


def table(sample, part, *, header=True):
    """Images as Kaggle has them."""
    rows = [
        ",".join([str(index), *map(str, image.ravel().tolist())])
        for image, index in zip(sample.images[part], sample.class_indices[part], strict=True)
    ]
    first = [",".join(["label", *(f"pixel{number}" for number in range(784))])]
    return "\n".join([*(first if header else []), *rows]) + "\n"


@pytest.mark.parametrize("header", [True, False])
def test_a_csv_file_is_read_with_and_without_a_header(tmp_path, sample, header):
    (tmp_path / "a, b.csv").write_text(table(sample, slice(150), header=header))
    parts = load_splits(f"csv:{tmp_path / 'a, b.csv'}", BOTH, Store())
    assert parts[0].dataset.class_names == tuple("0123456789")
    whole = np.concatenate([part.images for part in parts])
    assert sorted(map(bytes, whole)) == sorted(map(bytes, sample.images[:150]))
    assert len(parts[1].images) > 10


def test_two_csv_files_are_the_splits(tmp_path, sample, monkeypatch):
    (tmp_path / "train.csv.gz").write_bytes(gzip.compress(table(sample, slice(100)).encode()))
    (tmp_path / "test.csv").write_text(table(sample, slice(100, 150)))
    monkeypatch.chdir(tmp_path)
    train, test = load_splits("csv:train.csv.gz,test.csv", BOTH, Store())
    assert train.name == f"csv:{tmp_path}/train.csv.gz,{tmp_path}/test.csv"
    np.testing.assert_array_equal(train.images, sample.images[:100])
    np.testing.assert_array_equal(test.images, sample.images[100:150])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(b"", "received none", id="empty"),
        pytest.param(b"label,pixel0\n", "received none", id="only a header"),
        pytest.param(b"0," * 783 + b"0\n", "images without labels", id="no label"),
        pytest.param(
            b"0," * 784 + b"0\n" + b"0," * 783 + b"0\n",
            "missing in image 2",
            id="one less",
        ),
        pytest.param(
            b"0," * 783 + b"0\n" + b"0," * 784 + b"0\n", "785 columns in image 2", id="one more"
        ),
        pytest.param(b"7" * 5000 + b",0" * 784, "at most 255 characters", id="a long label"),
        pytest.param(b"7" * 10**6 + b",0" * 784, "more than 65,536 char", id="a huge label"),
        pytest.param(b"\0" * 10**6, "more than 65,536 characters", id="one endless line"),
        pytest.param(b"0,1,2\n", "received 3 columns", id="narrow"),
        pytest.param(b"0," * 784 + b"256\n", "from 0 to 255", id="too bright"),
        pytest.param(b"0," * 784 + b"x\n", "received none", id="a line that is taken for a header"),
        pytest.param(b"0," * 784 + b"0\n" + b"1," * 784 + b"\n", "from 0 to 255", id="a gap"),
        pytest.param(b"0," * 784 + b"0\n5\n", "received 1 columns in image 2", id="cut short"),
        pytest.param(b"," + b"0," * 783 + b"0\n", "a label for every image", id="an empty label"),
        pytest.param(b"\xff\xfe\0\0", "UTF-8", id="not text"),
    ],
)
def test_a_csv_file_of_another_form_is_refused(tmp_path, content, said):
    (tmp_path / "x.csv").write_bytes(content)
    with pytest.raises(DatasetError, match=said) as refusal:
        find_dataset(f"csv:{tmp_path / 'x.csv'}")
    assert str(tmp_path / "x.csv") in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_blank_lines_are_not_passed_over_for_minutes(tmp_path):
    (tmp_path / "blank.csv.gz").write_bytes(gzip.compress(b"\n" * 2**27))
    began = time.process_time()
    with pytest.raises(DatasetError, match=r"received more than 1,000,000 blank ones; write"):
        find_dataset(f"csv:{tmp_path / 'blank.csv.gz'}")
    assert time.process_time() - began < 10


def test_a_second_csv_file_that_was_cut_short_is_named(tmp_path, sample):
    (tmp_path / "train.csv").write_text(table(sample, slice(20)))
    (tmp_path / "test.csv").write_text(table(sample, slice(20, 40)) + "5")
    with pytest.raises(DatasetError, match=r"test\.csv: .* received 1 columns in image 21"):
        find_dataset(f"csv:{tmp_path / 'train.csv'},{tmp_path / 'test.csv'}")


def test_a_csv_file_is_read_again_when_it_was_written_in_between(tmp_path, sample):
    name = f"csv:{tmp_path / 'x.csv'}"
    counts = []
    for count in (150, 160):
        (tmp_path / "x.csv").write_text(table(sample, slice(count)))
        counts.append(sum(len(part.images) for part in load_splits(name, BOTH, Store())))
    assert counts == [150, 160]


def keras_form(sample, **changes):
    arrays = {
        "x_train": sample.images[:100],
        "y_train": sample.class_indices[:100].astype(np.uint8),
        "x_test": sample.images[100:150].reshape(50, 28, 28, 1),
        "y_test": sample.class_indices[100:150].reshape(50, 1),
    } | changes
    return {name: array for name, array in arrays.items() if array is not None}


def test_arrays_as_keras_has_them_are_read(tmp_path, sample):
    np.savez(tmp_path / "x.npz", **keras_form(sample))
    train, test = load_splits(f"npz:{tmp_path / 'x.npz'}", BOTH, Store())
    np.testing.assert_array_equal(train.images, sample.images[:100])
    np.testing.assert_array_equal(test.images, sample.images[100:150])
    assert test.class_indices.tolist() == sample.class_indices[100:150].tolist()


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"y_test": None}, "without y_test"),
        ({"x_train": np.zeros((100, 28, 28))}, "float64"),
        ({"x_train": np.zeros((100, 32, 32), np.uint8)}, r"\(100, 32, 32\)"),
        ({"y_train": np.eye(10)[[0] * 100]}, "argmax"),
        ({"y_train": np.zeros(99, int)}, "99 labels"),
        ({"y_train": np.array([object()] * 100)}, "objects into texts"),
        ({"y_train": np.array(["7" * 5000] * 100)}, "at most 255 characters"),
        ({"y_train": np.array(["", *"0123456789" * 10][:100])}, "a label for every image"),
    ],
)
def test_arrays_of_another_form_are_refused(tmp_path, sample, changes, said):
    np.savez(tmp_path / "x.npz", **keras_form(sample, **changes))
    with pytest.raises(DatasetError, match=said) as refusal:
        load_split(f"npz:{tmp_path / 'x.npz'}", "train", Store())
    assert "\n" not in str(refusal.value)


def header(shape):
    """The beginning of an array's file."""
    written = io.BytesIO()
    parts = {"descr": "|u1", "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(written, parts)
    return written.getvalue()


def rewrite(path, member, content, *, method=None, password=False):
    """Change a member of an archive, and what the archive says of how it is written."""
    with zipfile.ZipFile(path) as old:
        members = {name: old.read(name) for name in old.namelist()} | {member: content}
    with zipfile.ZipFile(path, "w") as new:
        for name, kept in members.items():
            new.writestr(name, kept)
    written = bytearray(path.read_bytes())
    for signature, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        start = written.index(member.encode(), written.index(signature))
        start = written.rindex(signature, 0, start)
        written[start + flags] |= password
        if method is not None:
            written[start + flags + 2] = method
    path.write_bytes(written)


@pytest.mark.parametrize(
    ("content", "changes", "said"),
    [
        pytest.param(b"no array", {}, "x_train.* that begins with other bytes", id="no array"),
        pytest.param(b"no array", {"password": True}, "encrypted", id="a password"),
        pytest.param(b"no array", {"method": 99}, "compression", id="an unknown method"),
        pytest.param(header((10**19, 28, 28)), {}, "2,000,000 im", id="more than can be counted"),
        pytest.param(header((10**8, 28, 28)), {}, "2,000,000 images", id="more than the memory"),
        pytest.param(header((10**6, 28, 28)), {}, "0 bytes of the 784,000,000", id="nothing of it"),
        pytest.param(header((0, 10**18, 10**18)), {}, "expected uint8 images", id="no values"),
        pytest.param(header((-3, 28, 28)), {}, "from 0 to 2,000,000", id="less than nothing"),
    ],
)
def test_an_archive_that_holds_something_else_is_refused(tmp_path, sample, content, changes, said):
    np.savez(tmp_path / "x.npz", **keras_form(sample))
    rewrite(tmp_path / "x.npz", "x_train.npy", content, **changes)
    with pytest.raises(DatasetError, match=said) as refusal:
        load_split(f"npz:{tmp_path / 'x.npz'}", "train", Store())
    assert "\n" not in str(refusal.value)


def test_of_arrays_the_images_are_read_once_by_the_first_load(tmp_path, sample):
    path = tmp_path / "x.npz"
    np.savez(path, **keras_form(sample))
    _, dataset = find_dataset(f"npz:{path}")
    images, _ = dataset.load("train", Store())
    path.unlink()
    assert dataset.load("train", Store())[0] is images
    assert len(dataset.load("test", Store())[0]) == dataset.counts["test"] == 50


@pytest.mark.parametrize("content", [b"", b"no archive", b"PK\x03\x04 cut"])
def test_a_file_that_is_no_archive_of_arrays_is_refused(tmp_path, content):
    (tmp_path / "x.npz").write_bytes(content)
    with pytest.raises(DatasetError, match=r"numpy\.savez"):
        find_dataset(f"npz:{tmp_path / 'x.npz'}")


@pytest.mark.parametrize("kind", ["folder", "csv", "npz"])
def test_what_is_not_there_is_refused_with_its_path(tmp_path, kind):
    with pytest.raises(DatasetError, match="nowhere"):
        find_dataset(f"{kind}:{tmp_path / 'nowhere'}")


@pytest.mark.parametrize("kind", ["folder:", "csv:", "csv:a,", "npz:"])
def test_a_name_longer_than_any_file_has_is_refused(tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a").write_text("0," * 784 + "0")
    with pytest.raises(DatasetError, match="x" * 300):
        find_dataset(kind + "x" * 300)


def test_images_that_are_dark_on_white_are_warned_of(tmp_path, sample, caplog):
    arrays = keras_form(sample, x_train=255 - sample.images[:100])
    np.savez(tmp_path / "x.npz", **arrays)
    load_split(f"npz:{tmp_path / 'x.npz'}", "test", Store())
    assert "dark on white" in caplog.text
