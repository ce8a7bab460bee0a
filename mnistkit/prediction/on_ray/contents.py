"""The pictures of a part: files, rows of Parquet, members of a tar."""

from __future__ import annotations

import io
import os
import tarfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, NoReturn, cast

import pyarrow as pa
from pyarrow import parquet

from mnistkit.core.preprocessing.bounds import MAX_BYTES
from mnistkit.core.preprocessing.examples import is_example
from mnistkit.errors import MissingError, PictureError
from mnistkit.prediction.on_ray.parts import Division, Part
from mnistkit.prediction.on_ray.places import open_place, reason
from mnistkit.prediction.sources import PictureFile, find_files

# Bytes of pictures that are held at once.
MAX_HELD = 2**26
BUFFER_BYTES, ROWS_AT_ONCE = 2**20, 64


def groups_of(part: Part, division: Division, folder: str) -> Iterator[Iterable[PictureFile]]:
    """Yield the pictures of a part in groups, of which one is held in memory at a time.

    Args:
        part: The part.
        division: How the sources were divided.
        folder: The folder that relative paths begin at.
    """
    if part.kind == "files":
        yield _files(part, folder)
        return
    read = _rows if part.kind == "parquet" else _members
    (path,) = part.paths
    place = os.path.join(folder, path) if part.store is None else path  # noqa: PTH118 - as texts
    yield from _grouped(_until_damage(part, place, lambda: read(part, place, division)))


def _files(part: Part, folder: str) -> Iterator[PictureFile]:
    if part.store is not None:
        system, _ = open_place(part.store)
        for path in part.paths:
            yield PictureFile(part.named(path), partial(_open, system, path))
        return
    for path in part.paths:
        place = path if not path or is_example(path) else str(Path(folder, path))
        for file in find_files([place]):
            yield replace(file, name=path)


def _open(system: pa.fs.FileSystem, path: str) -> BinaryIO:
    try:
        return cast(BinaryIO, system.open_input_stream(path))
    except OSError as error:
        raise PictureError(reason(error)) from error


Content = tuple[str, bytes | PictureError]
"""A picture's name, and its file's bytes or why there are none."""


def _rows(part: Part, place: str, division: Division) -> Iterator[Content]:
    system, _ = open_place(part.store or place)
    column, end = division.column, part.first + part.count
    row = 0
    with parquet.ParquetFile(place, filesystem=system, buffer_size=BUFFER_BYTES) as file:
        batches = file.iter_batches(ROWS_AT_ONCE, row_groups=[part.row_group], columns=[column])
        for batch in batches:
            for value in batch.column(0):
                if part.first <= row < end:
                    number = part.number + row - part.first
                    yield f"{part.named(part.paths[0])}#{number}", _bytes_of(value)
                row += 1
            if row >= end:
                return


def _bytes_of(value: Any) -> bytes | PictureError:
    content = value.as_py()
    if isinstance(content, dict):
        content = content["bytes"]
    return (
        PictureError("expected the bytes of a picture, received null")
        if content is None
        else (cast(bytes, content))
    )


def _members(part: Part, place: str, division: Division) -> Iterator[Content]:
    system, _ = open_place(part.store or place)
    with (
        system.open_input_stream(place, compression=None) as stream,
        tarfile.open(fileobj=stream, mode="r|*") as tar,
    ):
        for member in tar:
            if member.isfile() and PurePosixPath(member.name).suffix.lower() in division.suffixes:
                yield f"{part.named(part.paths[0])}/{member.name}", _member(tar, member)


def _member(tar: tarfile.TarFile, member: tarfile.TarInfo) -> bytes | PictureError:
    if member.size > MAX_BYTES:
        return PictureError(
            f"expected a file of at most {MAX_BYTES // 2**20} MiB, received a larger one; make "
            "the picture smaller"
        )
    return cast(io.BufferedReader, tar.extractfile(member)).read()


def _until_damage(
    part: Part, place: str, read: Callable[[], Iterator[Content]]
) -> Iterator[Content]:
    """Yield the pictures of a container; where it can't be read further, say so in its name.

    A store may fail for a moment, so what it has is read again, until that yields nothing new.

    Raises:
        MissingError: The store can't be reached any more.
    """
    given, before = 0, -1
    while given > before:
        before = given
        try:
            for content in islice(read(), given, None):
                given += 1
                yield content
            return
        except (OSError, EOFError, tarfile.TarError, pa.ArrowException) as error:
            failure = error
        if part.store is None:
            break
        _check_reachable(part.store, place)
    damage = PictureError(f"expected a whole file, received a damaged one: {reason(failure)}")
    yield part.named(part.paths[0]), damage


def _check_reachable(store: str, path: str) -> None:
    system, _ = open_place(store)
    try:
        system.get_file_info([path])
    except OSError as error:
        raise MissingError(
            f"{store}: expected to read on, received: {reason(error)}; repeat the command when the "
            "store answers"
        ) from error


def _grouped(contents: Iterable[Content]) -> Iterator[list[PictureFile]]:
    """Yield pictures in lists of a bounded number of bytes."""
    group: list[PictureFile] = []
    held = 0
    for name, content in contents:
        group.append(PictureFile(name, _locating(content)))
        held += 0 if isinstance(content, PictureError) else len(content)
        if held >= MAX_HELD:
            yield group
            group, held = [], 0
    if group:
        yield group


def _locating(content: bytes | PictureError) -> Callable[[], BinaryIO]:
    if isinstance(content, PictureError):
        return partial(_fail, content)
    return partial(io.BytesIO, content)


def _fail(error: PictureError) -> NoReturn:
    raise error
