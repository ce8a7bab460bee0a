"""The task of `read` on the machines of a Ray cluster."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

import pyarrow as pa

from mnistkit.prediction.on_ray.shipping import Shipped
from mnistkit.prediction.on_ray.tables import Record
from mnistkit.prediction.on_ray.tasks import Answering
from mnistkit.prediction.page_sources import pages_of_files
from mnistkit.prediction.sources import PictureFile
from mnistkit.reading.pages import handwritten_only, read_pages
from mnistkit.reading.reader import Reader, open_reader
from mnistkit.reading.records import record_of
from mnistkit.reading.turn import Turn

DIGIT = pa.struct(
    [
        ("label", pa.string()),
        ("confidence", pa.float64()),
        ("box", pa.list_(pa.int32())),
        ("printed", pa.bool_()),
    ]
)
LINE = pa.struct([("text", pa.string()), ("digits", pa.list_(DIGIT))])


@dataclass(frozen=True)
class Read:
    """Answering as `read` does.

    Args:
        reader: The page reader.
        turn: How pages are turned.
        min_confidence: Below it a digit has no label.
        handwritten: Whether printed digits are left out.
    """

    reader: Shipped
    turn: Turn
    min_confidence: float
    handwritten: bool

    @property
    def schema(self) -> pa.Schema:
        """The columns of `record_of`."""
        return pa.schema(
            [
                ("source", pa.string()),
                ("rotated", pa.int32()),
                ("size", pa.list_(pa.int32())),
                ("lines", pa.list_(LINE)),
                ("error", pa.string()),
            ]
        )

    def open(self) -> Answering:
        """Open the reader for one core."""
        with self.reader.unpacked() as path:
            reader = open_reader(path, threads=1)
        return partial(self._answer, reader)

    def _answer(self, reader: Reader, files: Iterable[PictureFile]) -> Iterator[Record]:
        for answer in read_pages(reader, pages_of_files(files), self.turn):
            kept = handwritten_only(answer) if self.handwritten else answer
            yield record_of(kept, self.min_confidence)
