"""What is asked about: files, folders, stdin, lists of paths, and images of a dataset."""

import io
import itertools
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from mnistkit.errors import InputError, PictureError, UsageError
from mnistkit.prediction.sources import from_dataset, from_list, from_paths, open_list


@pytest.fixture
def folder(tmp_path):
    """Pictures in two levels, each of the grey level that its name says."""
    for name in ("1.png", "2/3.png", "2/4.png", "5.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        Image.new("L", (3, 2), int(path.stem)).save(path)
    return tmp_path


def names(sources):
    return [source.name for source in sources]


def test_files_and_folders_are_named_as_the_user_wrote_them(folder, monkeypatch):
    monkeypatch.chdir(folder)
    paths = ["5.png", "2", "./1.png", "missing.png", "-"]
    expected = ["5.png", "2/3.png", "2/4.png", "./1.png", "missing.png", "-"]
    assert names(from_paths(paths)) == expected


def test_a_source_reads_its_own_picture(folder):
    for source in from_paths([str(folder)]):
        np.testing.assert_array_equal(
            source.read().upright(), np.full((2, 3), int(Path(source.name).stem))
        )


def test_nothing_is_opened_before_it_is_read(folder):
    (source,) = from_paths([str(folder / "1.png")])
    (folder / "1.png").unlink()
    with pytest.raises(PictureError, match=r"^no such file$"):
        source.read()


def test_paths_are_taken_one_at_a_time():
    paths = map(str, itertools.count())
    assert names(itertools.islice(from_paths(paths), 3)) == ["0", "1", "2"]
    assert next(paths) == "3"


def test_a_link_to_a_folder_is_walked_when_it_is_named(folder):
    (folder / "link").symlink_to(folder / "2")
    assert names(from_paths([str(folder / "link")])) == [
        f"{folder}/link/3.png",
        f"{folder}/link/4.png",
    ]


def test_a_folder_without_pictures_is_a_source_that_cannot_be_read(tmp_path):
    (tmp_path / "notes.txt").touch()
    (source,) = from_paths([str(tmp_path)])
    assert source.name == str(tmp_path)
    with pytest.raises(PictureError, match="expected pictures in the folder, received none"):
        source.read()


def test_a_folder_that_cannot_be_read_does_not_end_the_walk(folder):
    sources = from_paths([str(folder), "after.png"])
    assert next(sources).name == f"{folder}/1.png"
    for path in (folder / "2").iterdir():
        path.unlink()
    (folder / "2").rmdir()
    unreadable, *others = sources
    assert unreadable.name == f"{folder}/2"
    with pytest.raises(PictureError, match=r"^no such folder$"):
        unreadable.read()
    assert names(others) == [f"{folder}/5.png", "after.png"]


def test_an_empty_path_is_not_the_working_folder(folder, monkeypatch):
    monkeypatch.chdir(folder)
    (source,) = from_paths([""])
    with pytest.raises(PictureError):
        source.read()


@pytest.mark.parametrize(
    ("content", "separator", "paths"),
    [
        (b"a.png\nb.png\n", b"\n", ["a.png", "b.png"]),
        (b"a.png\nb.png", b"\n", ["a.png", "b.png"]),
        (b"\n\na.png\n\n", b"\n", ["a.png"]),
        (b" a b\t.png \n", b"\n", [" a b\t.png "]),
        (b"a.png\0b\n.png\0", b"\0", ["a.png", "b\n.png"]),
        (b"a.png\0b.png", b"\0", ["a.png", "b.png"]),
        (b"f\xff.png\n\xc3\xa4.png\n", b"\n", ["f\udcff.png", "ä.png"]),
        (b"a.png\r\nb.png\r\n", b"\n", ["a.png", "b.png"]),
        (b"a.png\r\0", b"\0", ["a.png\r"]),
        (b"-\n", b"\n", ["./-"]),
        (b"", b"\n", []),
    ],
    ids=[
        "lines",
        "last line without an end",
        "empty lines",
        "blanks belong to names",
        "NUL",
        "last without a NUL",
        "names that are not UTF-8",
        "lines of another system",
        "a carriage return before NUL",
        "a file called -",
        "nothing",
    ],
)
@pytest.mark.parametrize("buffer_size", [1, 2, 1024], ids=lambda size: f"{size} bytes at a time")
def test_a_list_gives_its_paths(content, separator, paths, buffer_size):
    stream = io.BufferedReader(io.BytesIO(content), buffer_size)
    assert list(from_list(stream, separator)) == paths


def test_a_path_is_given_as_soon_as_it_is_complete():
    reading, writing = os.pipe()
    with open(reading, "rb") as stream:  # noqa: PTH123 - of a descriptor
        paths = from_list(stream, b"\n")
        os.write(writing, b"first\nsec")
        assert next(paths) == "first"
        os.write(writing, b"ond\nthird")
        assert next(paths) == "second"
        os.close(writing)
        assert list(paths) == ["third"]


class Endless(io.RawIOBase):
    """A stream like /dev/zero, which gives up once it was read far beyond any path."""

    given = 0

    def readable(self):
        return True

    def readinto(self, buffer):
        self.given += len(buffer)
        assert self.given < 16 * 2**20
        buffer[:] = b"x" * len(buffer)
        return len(buffer)


def test_a_list_that_is_one_endless_path_is_refused():
    with pytest.raises(InputError):
        list(from_list(io.BufferedReader(Endless(), 2**16), b"\n"))


@pytest.mark.parametrize(
    ("name", "reason"), [("missing.txt", "no such file"), (".", "is a folder, not a file")]
)
def test_a_list_that_cannot_be_opened_is_refused(tmp_path, name, reason):
    with pytest.raises(InputError, match=f"^{tmp_path / name}: {reason}; "):
        open_list(str(tmp_path / name))


@pytest.mark.parametrize("index", [0, 7, 999])
def test_one_image_of_a_dataset_can_be_asked_for(sample, index):
    (source,) = from_dataset(sample, index)
    assert source.name == f"mnist-sample/test/{index}"
    np.testing.assert_array_equal(source.image, sample.images[index])


def test_a_dataset_gives_all_its_images_in_order(sample):
    sources = list(from_dataset(sample, None))
    assert names(sources) == [f"mnist-sample/test/{index}" for index in range(1000)]
    np.testing.assert_array_equal([source.image for source in sources], sample.images)


@pytest.mark.parametrize("index", [-1, 1000])
def test_an_index_beyond_the_dataset_is_refused_before_anything_is_answered(sample, index):
    with pytest.raises(UsageError, match=f"from 0 to 999 .* received {index}"):
        from_dataset(sample, index)


@pytest.mark.parametrize(("name", "shape"), [("seven", (160, 160)), ("page", (811, 1000))])
def test_an_example_is_a_picture_that_comes_along(name, shape):
    (source,) = from_paths([f"example:{name}"])
    assert source.name == f"example:{name}"
    assert source.read().upright().shape == shape


def test_an_example_that_is_not_there_is_an_error_that_lists_them():
    (source,) = from_paths(["example:eight"])
    with pytest.raises(PictureError, match=r"example:page or example:seven, received"):
        source.read()


def test_a_path_is_never_taken_for_an_example(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Image.fromarray(np.full((2, 3), 9, np.uint8)).save("example:seven", "PNG")
    asked = ["./example:seven", str(tmp_path / "example:seven")]
    # In a list each is the name of a file.
    asked += from_list(io.BufferedReader(io.BytesIO(b"example:seven\n")), b"\n")
    for source in from_paths(asked):
        assert source.read().upright().shape == (2, 3)
    (example,) = from_paths(["example:seven"])
    assert example.read().upright().shape != (2, 3)
