"""Records on the disk, read back by other readers than wrote them."""

from __future__ import annotations

import io
import json

import pyarrow as pa
import pytest
from pyarrow import parquet

from mnistkit.prediction.on_ray.tables import ROWS_AT_ONCE, Count, write

SCHEMA = pa.schema([("source", pa.string()), ("label", pa.string()), ("error", pa.string())])
# More than are written at once, some with an error, and the name of a file that is no UTF-8.
RECORDS = [
    {"source": f"{number}.png", **({"label": "7"} if number % 10 else {"error": "no picture"})}
    for number in range(ROWS_AT_ONCE + 5)
] + [{"source": "caf\udce9.png", "label": "1"}]
COUNT = Count(ROWS_AT_ONCE + 6, 101)


def test_lines_of_json_are_the_records_themselves():
    stream = io.BytesIO()
    assert write(RECORDS, stream, "jsonl", SCHEMA) == COUNT
    assert list(map(json.loads, stream.getvalue().splitlines())) == RECORDS


def test_rows_of_parquet_have_a_null_for_what_a_record_lacks():
    stream = io.BytesIO()
    assert write(RECORDS, stream, "parquet", SCHEMA) == COUNT
    rows = parquet.read_table(pa.BufferReader(stream.getvalue())).to_pylist()
    assert rows[:2] == [
        {"source": "0.png", "label": None, "error": "no picture"},
        {"source": "1.png", "label": "7", "error": None},
    ]
    assert rows[-1]["source"] == r"caf\xe9.png"


@pytest.mark.parametrize("form", ["jsonl", "parquet"])
def test_no_records_are_a_file_all_the_same(form):
    stream = io.BytesIO()
    assert write([], stream, form, SCHEMA) == Count(0, 0)
    assert bool(stream.getvalue()) == (form == "parquet")
