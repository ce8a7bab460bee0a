"""What was read on a page, as lines of a format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from mnistkit.cli import output
from mnistkit.cli.csv_rows import csv_row

if TYPE_CHECKING:
    # OpenCV and NumPy, which it brings, would slow the help of every command.
    from mnistkit.reading.pages import PageAnswer

ReadFormat = Literal["text", "jsonl", "csv", "tsv"]
AnyFormat = Literal[ReadFormat, "parquet"]
"""Those of `--ray` among them."""

DELIMITERS = {"csv": ",", "tsv": "\t"}


@dataclass(frozen=True)
class Told:
    """How pages are told.

    Args:
        format: One of `ReadFormat`.
        several: Whether there are several pictures, so that each is named.
        min_confidence: Below it a digit is `?`.
    """

    format: ReadFormat
    several: bool
    min_confidence: float

    def lines(self, answer: PageAnswer, *, first: bool) -> Iterator[str]:
        """Yield the lines of a page; an error is told in `jsonl` alone.

        Args:
            answer: What was read.
            first: Whether it is the first page.
        """
        match self.format:
            case "text":
                yield from self._text(answer, first=first)
            case "jsonl":
                from mnistkit.reading.records import record_of

                yield output.to_json(record_of(answer, self.min_confidence))
            case "csv" | "tsv":
                yield from self._rows(answer, DELIMITERS[self.format])

    def _text(self, answer: PageAnswer, *, first: bool) -> Iterator[str]:
        from mnistkit.reading.labels import text_of

        if self.several:
            yield from ([] if first else [""])
            yield f"== {answer.source} =="
        for line in answer.lines:
            yield text_of(line, self.min_confidence)

    def _rows(self, answer: PageAnswer, delimiter: str) -> Iterator[str]:
        from mnistkit.reading.records import cells_of_page

        named = [answer.source] if self.several else []
        for cells in cells_of_page(answer, self.min_confidence):
            yield csv_row([*named, *cells], delimiter)
