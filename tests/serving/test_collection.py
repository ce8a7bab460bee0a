"""Pictures that come back with a label are a folder dataset to train on."""

from __future__ import annotations

import io
import json
import os
import subprocess
import threading

import numpy as np
import pytest
from as_files import encoded
from PIL import Image
from served import serving

from mnistkit.core.holding import PREFIX, hold, release
from mnistkit.data.loading import load_split
from mnistkit.errors import OutputError, UsageError
from mnistkit.fetching.store import Store
from mnistkit.serving import collection as collections
from mnistkit.serving.collection import Collection
from mnistkit.serving.replies import RequestError
from mnistkit.serving.settings import Collecting

DIGITS = tuple("0123456789")


def kept(folder):
    """The pictures in a collection by their label's folder."""
    found = {}
    for path in sorted(folder.rglob("*.*")):
        if path.is_file() and not path.name.startswith(PREFIX):
            found.setdefault(path.parent.name, []).append(path.read_bytes())
    return found


def collect(server, sample):
    """Send the first images of a sample with their labels."""
    for label, image in zip(sample.class_indices[:40].tolist(), sample.images, strict=False):
        assert server.send("/collect", {"a": encoded(image)}, {"label": str(label)}).status == 200


@pytest.fixture
def collection(folder):
    return Collection.open(Collecting(folder, 2**20), DIGITS)


@pytest.fixture(scope="module")
def refusing(start, tmp_path_factory):
    """A server that collects, of which the tests ask nothing that it keeps, and its folder."""
    folder = tmp_path_factory.mktemp("collecting") / "digits"
    with start("--collect", folder, stderr=subprocess.DEVNULL) as server:
        yield server, folder


def test_a_server_that_does_not_collect_says_so(server, seven):
    assert server.get("/settings").json["collects"] is False
    reply = server.send("/collect", {"seven.png": seven}, {"label": "7"})
    assert reply.status == 404
    assert "--collect DIR" in reply.error


def test_a_picture_is_kept_as_it_was_under_its_label(collecting, folder, seven):
    assert collecting.get("/settings").json["collects"] is True

    first = collecting.send("/collect", {"../../x.exe": seven}, {"label": "7"})
    again = collecting.send("/collect", {"seven.png": seven}, {"label": "7"})

    assert first.json == {"label": "7", "new": True, "collected": 1}
    assert again.json == {"label": "7", "new": False, "collected": 1}
    assert kept(folder) == {"7": [seven]}


def test_what_a_server_that_was_killed_left_is_put_right(folder, seven):
    Collection.open(Collecting(folder, 2**20), DIGITS).keep("1", seven, ".png")
    (first,) = folder.glob("1/*")
    # It was killed between keeping the picture under its new label and deleting it under the old.
    (folder / "7").mkdir()
    (folder / "7" / first.name).write_bytes(seven)
    # Another one was killed before it wrote anything.
    (folder / "3").mkdir()
    (folder / f"{PREFIX}collecting").touch()
    collection = Collection.open(Collecting(folder, 2**20), DIGITS)
    assert sorted(path.name for path in folder.iterdir()) == ["1", "7"]
    assert collection.keep("7", seven, ".png").new is False
    assert kept(folder) == {"7": [seven]}


def test_the_last_label_of_a_picture_counts(collecting, folder, seven):
    collecting.send("/collect", {"a.png": seven}, {"label": "1"})
    assert collecting.send("/collect", {"a.png": seven}, {"label": "none"}).json["new"] is True
    assert kept(folder) == {".none": [seven]}
    collecting.send("/collect", {"a.png": seven}, {"label": "7"})
    assert kept(folder) == {"7": [seven]}
    # A class without pictures would be none to train on.
    assert [path.name for path in folder.iterdir() if not path.name.startswith(PREFIX)] == ["7"]


def test_a_digit_of_a_page_is_cut_out_of_it(collecting, folder, page, bundled):
    turned = io.BytesIO()
    Image.open(io.BytesIO(page)).rotate(-90, expand=True).save(turned, "TIFF")
    (record,) = collecting.send("/read", {"page.tiff": turned.getvalue()}).json["pages"]
    assert record["rotated"] == 270
    digits = [digit for line in record["lines"] for digit in line["digits"]]

    for digit in digits[:5]:
        texts = {"label": digit["label"], "box": ",".join(map(str, digit["box"]))}
        texts |= {"rotated": str(record["rotated"]), "page": "1"}
        assert collecting.send("/collect", {"page.tiff": turned.getvalue()}, texts).status == 200

    found = kept(folder)
    labels = [digit["label"] for digit in digits[:5]]
    cut = [(label, part) for label in set(labels) for part in found[label]]
    right = [bundled.label(part) == label for label, part in cut]
    assert sum(right) >= 4
    assert all(max(Image.open(io.BytesIO(part)).size) < 100 for _, part in cut)


def test_what_is_kept_is_a_dataset_beside_which_other_files_are_none(collecting, folder, sample):
    collect(collecting, sample)
    blank = encoded(np.full((40, 40), 255, np.uint8))
    assert collecting.send("/collect", {"blank": blank}, {"label": "none"}).status == 200

    train = load_split(f"folder:{folder}", "train", Store())

    assert train.dataset.class_names == DIGITS
    assert len(train.images) > 20


@pytest.mark.parametrize(
    ("texts", "status"),
    [
        ({}, 400),
        ({"label": ""}, 400),
        ({"label": "10"}, 400),
        ({"label": "../7"}, 400),
        ({"label": ".none"}, 400),
        ({"label": "7", "box": "1,2,3"}, 400),
        ({"label": "7", "box": "1,2,3,x"}, 400),
        ({"label": "7", "box": "0,0,0,0"}, 400),
        ({"label": "7", "box": "99999,0,10,10"}, 400),
        ({"label": "7", "box": "0,0,10,10", "rotated": "45"}, 400),
        ({"label": "7", "box": "0,0,10,10", "page": "2"}, 422),
    ],
)
def test_what_is_no_label_or_no_place_is_refused(refusing, seven, texts, status):
    server, folder = refusing
    before = kept(folder)
    reply = server.send("/collect", {"seven.png": seven}, texts)
    assert reply.status == status
    assert reply.error
    assert kept(folder) == before


def test_what_is_no_picture_is_not_kept(refusing, seven):
    server, folder = refusing
    before = kept(folder)
    blank = encoded(np.full((30, 30), 255, np.uint8))
    for content in (b"", b"no picture", seven[:-40], b"%PDF-1.4", blank):
        assert server.send("/collect", {"a.png": content}, {"label": "7"}).status == 422
    assert server.send("/collect", {"a": seven, "b": seven}, {"label": "7"}).status == 413
    assert kept(folder) == before


def test_a_full_collection_keeps_no_more(folder):
    full = Collection.open(Collecting(folder, 3 * 4096), DIGITS)
    for number in range(3):
        assert full.keep("1", bytes([number]), ".png").collected == number + 1
    with pytest.raises(RequestError, match="--collect-limit") as caught:
        full.keep("1", b"more", ".png")
    assert caught.value.status == 507
    # What is there already takes no room.
    assert full.keep("2", bytes([1]), ".png").collected == 3


def test_a_folder_that_can_not_be_written_is_told(collection, folder):
    (folder / "7").write_text("no folder")
    with pytest.raises(RequestError, match="which failed") as caught:
        collection.keep("7", b"x", ".png")
    assert caught.value.status == 507


def test_a_folder_that_another_server_holds_too_long_is_told(collection, folder, monkeypatch):
    assert collections.LOCK_SECONDS == 10
    monkeypatch.setattr(collections, "LOCK_SECONDS", 0.1)
    held = hold(folder / collections.LOCK)
    with pytest.raises(RequestError, match=r"free within 0\.1 s; try again") as caught:
        collection.keep("7", b"x", ".png")
    assert (caught.value.status, caught.value.headers) == (503, {"Retry-After": "1"})
    assert kept(folder) == {}

    release(folder / collections.LOCK, held)
    assert collection.keep("7", b"x", ".png").new


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(OutputError, match="could not be written"):
        Collection.open(Collecting(tmp_path / "file", 1), DIGITS)


@pytest.mark.parametrize("name", ["a/b", "..", ".hidden", "none", ""])
def test_classes_that_can_be_no_folders_are_refused(folder, name):
    with pytest.raises(UsageError, match="leave out --collect"):
        Collection.open(Collecting(folder, 1), ("a", name))


def test_what_a_killed_server_left_is_cleared(folder):
    left = folder / "3" / f"{PREFIX}tmp-0123.png"
    left.parent.mkdir(parents=True)
    left.touch()
    Collection.open(Collecting(folder, 1), DIGITS)
    assert not left.exists()


def test_two_servers_collect_into_one_folder(clean_environment, folder, sample):
    words = ("--model", "bundled", "--collect", folder)
    pictures = [encoded(image) for image in sample.images[:30]]
    options = {"env": clean_environment, "cwd": folder.parent, "stderr": subprocess.DEVNULL}
    with serving(*words, **options) as first, serving(*words, **options) as second:

        def send(server, label):
            for picture in pictures:
                assert server.send("/collect", {"a": picture}, {"label": label}).status == 200

        threads = [
            threading.Thread(target=send, args=(server, str(label)))
            for label, server in enumerate((first, second, first, second))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = [content for of_label in kept(folder).values() for content in of_label]
    assert sorted(found) == sorted(pictures)


@pytest.mark.slow
def test_what_was_collected_is_trained_on(collecting, folder, sample, mnistkit, tmp_path):
    collect(collecting, sample)
    dataset = f"mix:mnist-sample+folder:{os.fspath(folder)}"
    words = ("--init", "bundled", "--limit", 64, "--epochs", 1, "--batch-size", 32, "--no-export")

    ended = mnistkit("train", *words, "--dataset", dataset, "--output", tmp_path / "run")

    assert ended.returncode == 0, ended.stderr
    assert json.loads((tmp_path / "run" / "run.json").read_text())["status"] == "finished"
