"""Sources divided into parts, and what each part holds."""

import io
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import fs, parquet

from mnistkit.errors import InputError, MissingError, PictureError, UsageError
from mnistkit.prediction.on_ray import contents
from mnistkit.prediction.on_ray.contents import groups_of
from mnistkit.prediction.on_ray.parts import Division, Part, divide
from mnistkit.prediction.on_ray.places import check_sources

DIVISION = Division(16, "image")


def held(part, folder):
    """The name of each picture of a part, and its file's bytes or its error."""
    found = {}
    for group in groups_of(part, DIVISION, str(folder)):
        for file in group:
            try:
                place = file.locate()
                found[file.name] = place.read() if hasattr(place, "read") else place.read_bytes()
            except PictureError as error:
                found[file.name] = str(error)
    return found


@pytest.fixture
def parts(places, monkeypatch):
    """The parts of what is written in the folder of places."""
    monkeypatch.chdir(places)
    return lambda *sources: list(divide(sources, DIVISION))


def test_the_files_of_a_folder_are_divided_by_their_number(parts, places, pictures):
    divided = parts("digits")
    assert [part.name for part in divided] == ["part-000000", "part-000001", "part-000002"]
    assert [len(part.paths) for part in divided] == [16, 16, 9]
    found = {name: content for part in divided for name, content in held(part, places).items()}
    assert found.pop("digits/broken.png") == b"no picture"
    assert found == {f"digits/{name}": content for name, content in pictures.items()}


def test_rows_of_parquet_are_named_by_their_number_in_the_file(parts, places, pictures):
    divided = parts("digits.parquet")
    assert [(part.row_group, part.first, part.count) for part in divided] == [
        (0, 0, 16),
        (0, 16, 14),
        (1, 0, 11),
    ]
    found = {name: content for part in divided for name, content in held(part, places).items()}
    assert list(found) == [f"digits.parquet#{row}" for row in range(41)]
    assert found.pop("digits.parquet#40") == "expected the bytes of a picture, received null"
    assert list(found.values()) == list(pictures.values())


def test_a_tar_is_a_part_of_its_pictures(parts, places, pictures):
    (part,) = parts("digits.tar")
    members = {f"digits.tar/inside/{name}": content for name, content in pictures.items()}
    assert held(part, places) == members


def test_a_damaged_tar_says_so_behind_what_could_be_read(parts, places, tmp_path, pictures):
    whole = (places / "digits.tar").read_bytes()
    (tmp_path / "cut.tar").write_bytes(whole[:5000])
    (part,) = parts(str(tmp_path / "cut.tar"))
    *read, (name, error) = held(part, places).items()
    assert [content for _, content in read] == list(pictures.values())[: len(read)]
    assert read
    assert name == str(tmp_path / "cut.tar")
    assert "damaged" in error


class Unsteady:
    """A store as pyarrow sees it, which breaks off a number of times after some bytes."""

    def __init__(self, breaks, *, lost=False):
        self.breaks, self.lost, self.local = breaks, lost, fs.LocalFileSystem()

    def open_input_stream(self, path, **_options):
        content = Path(path).read_bytes()
        self.breaks -= 1
        return io.BufferedReader(Breaking(content)) if self.breaks >= 0 else io.BytesIO(content)

    def get_file_info(self, paths):
        if self.lost:
            raise OSError("NETWORK_CONNECTION")
        return self.local.get_file_info(paths)


class Breaking(io.RawIOBase):
    def __init__(self, content):
        self.rest = io.BytesIO(content[:20_000])

    def readable(self):
        return True

    def readinto(self, buffer):
        size = self.rest.readinto(buffer)
        if not size:
            raise OSError("the store broke off")
        return size


@pytest.fixture
def tar_in_store(places, monkeypatch):
    """Read the tar from a store that breaks off."""

    def read(store):
        monkeypatch.setattr(contents, "open_place", lambda _: (store, ""))
        path = str(places / "digits.tar")
        return held(Part("part-0", "tar", (path,), store="s3://bucket"), places)

    return read


def test_a_store_that_fails_for_a_moment_costs_no_picture(tar_in_store, pictures):
    assert list(tar_in_store(Unsteady(1)).values()) == list(pictures.values())


def test_a_store_that_breaks_off_at_the_same_place_again_has_a_damaged_file(tar_in_store, pictures):
    *read, (_, error) = tar_in_store(Unsteady(100)).items()
    assert [content for _, content in read] == list(pictures.values())[: len(read)]
    assert 0 < len(read) < len(pictures)
    assert "the store broke off" in error


def test_a_store_that_can_not_be_reached_any_more_ends_the_job(tar_in_store):
    with pytest.raises(MissingError, match="NETWORK_CONNECTION; repeat the command"):
        tar_in_store(Unsteady(100, lost=True))


def test_a_pattern_stands_for_its_files(parts):
    (part,) = parts("digits/0[1-3].png")
    assert part.paths == ("digits/01.png", "digits/02.png", "digits/03.png")


def test_a_part_is_kept_as_json(parts):
    for part in parts("digits", "digits.parquet", "digits.tar"):
        assert Part.from_json(part.to_json()) == part


def test_pictures_in_a_struct_with_bytes_are_found(parts, places, tmp_path, pictures):
    rows = [{"bytes": content, "path": name} for name, content in pictures.items()]
    parquet.write_table(pa.table({"image": rows}), tmp_path / "hub.parquet")
    found = [held(part, places) for part in parts(str(tmp_path / "hub.parquet"))]
    assert [content for of_one in found for content in of_one.values()] == list(pictures.values())


@pytest.mark.parametrize(
    ("sources", "told"),
    [
        (["none*.png"], "none\\*.png: expected files of such names, received none"),
        (["broken.parquet"], "broken.parquet: expected a Parquet file"),
        (["other.parquet"], "expected a column 'image' .* received columns number; .* --column"),
        (["typed.parquet"], "expected a column 'image' .* received one of int64"),
    ],
)
def test_what_can_not_be_divided_is_told(parts, places, sources, told):
    (places / "broken.parquet").write_bytes(b"no Parquet")
    parquet.write_table(pa.table({"number": [1]}), places / "other.parquet")
    parquet.write_table(pa.table({"image": [1]}), places / "typed.parquet")
    with pytest.raises(InputError, match=told):
        parts(*sources)


def test_a_url_of_an_unknown_kind_is_refused(parts):
    with pytest.raises(UsageError, match="expected a URL such as s3://"):
        parts("ftp://host/folder")


@pytest.mark.parametrize("output", ["digits/answers", "digits", "./digits/../digits/a"])
def test_an_output_among_the_sources_is_refused(places, monkeypatch, output):
    monkeypatch.chdir(places)
    with pytest.raises(UsageError, match="expected an --output outside of the sources"):
        check_sources(output, ["digits"])


def test_stdin_is_refused():
    with pytest.raises(UsageError, match="received - for stdin"):
        check_sources("answers", ["-"])
