"""The sources, listed and divided into parts, one for each file of answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from itertools import groupby
from pathlib import PurePosixPath
from typing import Literal

import pyarrow as pa
from pyarrow import parquet

from mnistkit.core.preprocessing.decoding import SUFFIXES
from mnistkit.errors import InputError
from mnistkit.prediction.on_ray.places import (
    SCHEME,
    expand,
    is_url,
    list_url,
    open_place,
    reason,
    store_of,
)
from mnistkit.prediction.sources import find_files

PARQUET, TARS = ".parquet", (".tar", ".tgz")
CONTAINERS = frozenset((PARQUET, *TARS))
# A part reads its row group from the beginning on.
MAX_SLICES = 16

Kind = Literal["files", "parquet", "tar"]


@dataclass(frozen=True)
class Part:
    """Sources that one worker answers at a time, into one file.

    Args:
        name: Of its file of answers, without suffix.
        kind: What the paths are.
        paths: Local paths as the user wrote them, or paths in a store.
        store: A URL of the store, which gives its file system; None for this machine's.
        row_group: For `parquet`, the row group.
        first: The first row, counted from the beginning of the row group.
        number: The first row, counted from the beginning of the file.
        count: How many rows.
    """

    name: str
    kind: Kind
    paths: tuple[str, ...]
    store: str | None = None
    row_group: int = 0
    first: int = 0
    number: int = 0
    count: int = 0

    @classmethod
    def from_json(cls, fields: dict[str, object]) -> Part:
        """Return a part as `to_json` gave it."""
        return replace(cls(**fields), paths=tuple(fields["paths"]))  # type: ignore[arg-type]

    def to_json(self) -> dict[str, object]:
        """Return the part as JSON values."""
        return asdict(self)

    def named(self, path: str) -> str:
        """Return the name of a path in the records: as the user wrote it, or its URL."""
        return path if self.store is None else f"{self.store.partition(SCHEME)[0]}{SCHEME}{path}"


@dataclass(frozen=True)
class Division:
    """How sources are divided.

    Args:
        size: Pictures of a part.
        column: The column of bytes in Parquet files.
        suffixes: Those of the pictures in folders.
    """

    size: int
    column: str
    suffixes: frozenset[str] = SUFFIXES


def divide(sources: Iterable[str], division: Division) -> Iterator[Part]:
    """Yield the parts of all sources, numbered in their order.

    Raises:
        UsageError: A URL is of no known kind.
        InputError: A place can't be listed, or a Parquet file has no column of bytes.
    """
    found = (file for source in sources for file in _find(source, division.suffixes))
    for number, part in enumerate(_parts(found, division)):
        yield replace(part, name=f"part-{number:06}")


def _find(source: str, suffixes: frozenset[str]) -> Iterator[tuple[str | None, str]]:
    """Yield the store and the path of each file of a source."""
    wanted = suffixes | CONTAINERS
    if is_url(source):
        yield from ((store_of(source), path) for path in list_url(source, wanted))
    else:
        yield from ((None, file.name) for file in find_files(expand(source), wanted))


def _parts(found: Iterable[tuple[str | None, str]], division: Division) -> Iterator[Part]:
    for (store, kind), files in groupby(found, lambda file: (file[0], _kind(file[1]))):
        paths: list[str] = []
        for _, path in files:
            if kind == "files":
                paths.append(path)
                if len(paths) == division.size:
                    yield Part("", kind, tuple(paths), store)
                    paths = []
            elif kind == "tar":
                yield Part("", kind, (path,), store)
            else:
                yield from _slices(Part("", kind, (path,), store), division)
        if paths:
            yield Part("", kind, tuple(paths), store)


def _kind(path: str) -> Kind:
    suffix = PurePosixPath(path).suffix.lower()
    return "parquet" if suffix == PARQUET else "tar" if suffix in TARS else "files"


def _slices(file: Part, division: Division) -> Iterator[Part]:
    """Yield the parts of a Parquet file: rows of one row group each."""
    (path,) = file.paths
    try:
        system, place = open_place(path) if file.store is None else (_system(file.store), path)
        with parquet.ParquetFile(place, filesystem=system) as opened:
            _check_column(file.named(path), opened.schema_arrow, division.column)
            metadata = opened.metadata
            rows = [metadata.row_group(group).num_rows for group in range(metadata.num_row_groups)]
    except (OSError, pa.ArrowException) as error:
        raise InputError(
            f"{file.named(path)}: expected a Parquet file, received: {reason(error)}"
        ) from error
    before = 0
    for group, count in enumerate(rows):
        size = max(division.size, -(-count // MAX_SLICES))
        for first in range(0, count, size):
            yield replace(
                file,
                row_group=group,
                first=first,
                number=before + first,
                count=min(size, count - first),
            )
        before += count


def _check_column(name: str, schema: pa.Schema, column: str) -> None:
    """Raise `InputError` unless a column has bytes, or bytes in a field `bytes`."""
    kind = schema.field(column).type if column in schema.names else None
    if kind is not None and pa.types.is_struct(kind) and kind.get_field_index("bytes") >= 0:
        kind = kind.field("bytes").type
    if kind is None or not (pa.types.is_binary(kind) or pa.types.is_large_binary(kind)):
        received = f"columns {', '.join(schema.names)}" if kind is None else f"one of {kind}"
        raise InputError(
            f"{name}: expected a column {column!r} with the bytes of pictures, received "
            f"{received}; name the column with --column"
        )


def _system(store: str) -> pa.fs.FileSystem:
    return open_place(store)[0]
