"""Writing the command line's records as Parquet or JSON lines."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, BinaryIO, Literal, TypeVar

import pyarrow as pa
from pyarrow import parquet

TableFormat = Literal["parquet", "jsonl"]
Record = dict[str, Any]
Item = TypeVar("Item")

ROWS_AT_ONCE = 1000


@dataclass(frozen=True)
class Count:
    """How many pictures were answered, those with an error among them."""

    pictures: int = 0
    errors: int = 0

    def __add__(self, other: Count) -> Count:
        return Count(self.pictures + other.pictures, self.errors + other.errors)


def write(
    records: Iterable[Record], stream: BinaryIO, form: TableFormat, schema: pa.Schema
) -> Count:
    """Write records, and return how many.

    Args:
        records: With the keys of the schema, or fewer.
        stream: Where to write.
        form: Parquet, or a JSON object on each line.
        schema: The columns of Parquet.
    """
    count = Count()
    if form == "jsonl":
        for batch in batches(records, ROWS_AT_ONCE):
            stream.write("".join(f"{json.dumps(row)}\n" for row in batch).encode())
            count += _count(batch)
        return count
    with parquet.ParquetWriter(stream, schema, compression="zstd") as writer:
        for batch in batches(records, ROWS_AT_ONCE):
            writer.write_table(pa.Table.from_pylist([*map(_storable, batch)], schema))
            count += _count(batch)
    return count


def _storable(record: Record) -> Record:
    """Return a record whose source is text: the name of a file may be any bytes."""
    name = os.fsencode(record["source"]).decode(errors="backslashreplace")
    return {**record, "source": name}


def batches(items: Iterable[Item], size: int) -> Iterator[list[Item]]:
    """Yield items in lists of a size; the last one may be shorter."""
    following = iter(items)
    while batch := list(islice(following, size)):
        yield batch


def _count(batch: list[Record]) -> Count:
    return Count(len(batch), sum("error" in record for record in batch))
