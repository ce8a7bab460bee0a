"""The pages of files, in the order of the files, each with a name of its own."""

from __future__ import annotations

import itertools

import pytest
from PIL import Image

from mnistkit.errors import PictureError
from mnistkit.prediction.page_sources import pages_from_paths


def write(path, *greys):
    """A file with a page of each grey level."""
    path.parent.mkdir(exist_ok=True)
    first, *others = [Image.new("L", (30, 20), grey) for grey in greys]
    first.save(path, **({"save_all": True, "append_images": others} if others else {}))
    return str(path)


def names(sources):
    return [source.name for source in sources]


def test_pages_of_a_file_are_numbered_and_a_lone_one_is_not(tmp_path):
    paths = [
        write(tmp_path / "one.png", 1),
        write(tmp_path / "three.tif", 2, 3, 4),
        write(tmp_path / "lone.pdf", 5),
        write(tmp_path / "two.pdf", 6, 7),
    ]
    one, three, lone, two = paths
    expected = [one, f"{three}#1", f"{three}#2", f"{three}#3", lone, f"{two}#1", f"{two}#2"]
    assert names(pages_from_paths(paths)) == expected
    for source, grey in zip(pages_from_paths(paths), range(1, 8), strict=True):
        # A PDF holds its pictures as JPEG.
        assert abs(int(source.read().pixels[9, 9]) - grey) <= 2


def test_pdfs_in_folders_are_found(tmp_path):
    write(tmp_path / "scans" / "b.PDF", 1)
    write(tmp_path / "scans" / "a.png", 1)
    (tmp_path / "scans" / "notes.txt").touch()
    folder = tmp_path / "scans"
    assert names(pages_from_paths([str(folder)])) == [f"{folder}/a.png", f"{folder}/b.PDF"]


def test_a_file_that_can_not_be_read_is_a_source_that_says_so(tmp_path):
    (tmp_path / "broken.pdf").write_bytes(b"%PDF-1.7 and no more")
    (tmp_path / "empty.tif").touch()
    sources = pages_from_paths([str(tmp_path), "absent.png", ""])
    for reason in ("a damaged one", "an empty file", "no such file", "an empty one"):
        with pytest.raises(PictureError, match=reason):
            next(sources).read()
    assert next(sources, None) is None


def test_files_are_opened_one_at_a_time(tmp_path):
    path = write(tmp_path / "one.png", 1)
    sources = pages_from_paths(itertools.chain([path], map(str, itertools.count())))
    assert next(sources).name == path
    with pytest.raises(PictureError, match="no such file"):
        next(sources).read()
