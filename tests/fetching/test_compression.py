"""Reading compressed files, which may be far larger than they look."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import tracemalloc
import zipfile

import pytest

from mnistkit.errors import DatasetError
from mnistkit.fetching.compression import opened, read

MEGABYTE = 10**6
PACKED = {".gz": gzip.compress, ".bz2": bz2.compress, ".xz": lzma.compress}


def archive(name, content):
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(f"folder/{name}", content)
    return written.getvalue()


@pytest.mark.parametrize("suffix", PACKED)
def test_a_file_is_decompressed_as_its_suffix_says(tmp_path, suffix):
    content = bytes(range(256)) * 5000
    (tmp_path / f"x{suffix}").write_bytes(PACKED[suffix](content[:1000]) + PACKED[suffix](content))
    assert read(tmp_path / f"x{suffix}") == content[:1000] + content
    (tmp_path / "x.zip").write_bytes(archive(f"x{suffix}", PACKED[suffix](content)))
    assert read(tmp_path / "x.zip", f"x{suffix}") == content


@pytest.mark.parametrize("kind", [*PACKED, ".zip", ".gz.zip", ""])
def test_what_decompresses_to_more_than_its_bound_is_refused_before_it_fills_the_memory(
    tmp_path, kind
):
    content, inside = b"\0" * (32 * MEGABYTE), None
    for suffix in kind.split(".")[1:]:
        if suffix == "zip":
            inside = f"x{kind.removesuffix('.zip')}"
            content = archive(inside, content)
        else:
            content = PACKED[f".{suffix}"](content)
    path = tmp_path / f"bomb{kind}"
    path.write_bytes(content)
    del content
    tracemalloc.start()
    with pytest.raises(DatasetError, match=r"bomb.*expected at most 1,000,000 bytes"):
        read(path, inside, MEGABYTE)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 16 * MEGABYTE


def test_a_file_that_is_exactly_as_large_as_its_bound_is_read(tmp_path):
    (tmp_path / "x.gz").write_bytes(gzip.compress(b"1" * 1000))
    assert read(tmp_path / "x.gz", most=1000) == b"1" * 1000


@pytest.mark.parametrize("suffix", PACKED)
def test_damage_that_shows_while_a_stream_is_read_is_told_in_one_line(tmp_path, suffix):
    (tmp_path / f"cut{suffix}").write_bytes(PACKED[suffix](b"x" * 1000)[:-9])
    with (
        opened(tmp_path / f"cut{suffix}") as stream,
        pytest.raises(DatasetError, match=rf"cut\{suffix}: expected a whole") as refusal,
    ):
        stream.read()
    assert "\n" not in str(refusal.value)
