"""How well the page reader reads made pages of each kind, pages of lines, and photos.

python tests/benchmarks/reading.py --data-dir DIR [--pages 20] [--lines 200] [--fonts DIR]
    [--photos DIR] [--model MODEL]

Made pages have digits of MNIST's training images and typefaces that no reader has learned from;
lines have MNIST's test digits. `--photos` names a folder with `labels.csv`: `file,rows`, the rows
of a photo parted by `|`. Columns:

- right: of the digits; on made pages the ones read with their label where they stand, else by the
  edit distance of the lines.
- extra: digits read where there is none, as a share of the digits; false: the same, a page.
- rows: those with digits that are read whole, with their spaces; a `?` counts as one.
- turned: of pages turned four ways, those turned back; of `--turned` pages of a kind.
- ECE: expected calibration error of the confidences, over 15 bins of equal width.
"""

from __future__ import annotations

import argparse
import csv
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from edit_distance import errors_and_extra
from pages import make_page
from PIL import Image

from mnistkit.core.preprocessing.decoding import Photo
from mnistkit.data.loading import load_split
from mnistkit.fetching.store import Store
from mnistkit.prediction.page_sources import pages_from_paths
from mnistkit.prediction.sources import PictureSource
from mnistkit.reading.learning.ingredients import divided
from mnistkit.reading.learning.made_page import Glyph, MadePage
from mnistkit.reading.learning.measuring import partners
from mnistkit.reading.orientation import turned
from mnistkit.reading.page import Digit
from mnistkit.reading.pages import read_pages, turn_upright
from mnistkit.reading.reader import Reader, choose_reader, open_reader

COLUMNS = ("right", "extra", "false", "rows", "turned", "ECE", "s a page")
BINS = 15


@dataclass(frozen=True)
class Known:
    """A page whose rows are known, and whose marks are, if it was made."""

    photo: Photo
    rows: tuple[str, ...]
    glyphs: tuple[Glyph, ...] | None = None

    @property
    def digits(self) -> int:
        """How many there are."""
        if self.glyphs is None:
            return sum(len(row.replace(" ", "")) for row in self.rows)
        return sum(glyph.label is not None for glyph in self.glyphs)


@dataclass
class Tally:
    """What was counted on pages of a kind."""

    pages: int = 0
    digits: int = 0
    right: int = 0
    extra: int = 0
    rows: int = 0
    whole: int = 0
    seconds: float = 0
    turned: list[bool] = field(default_factory=list)
    confidences: list[tuple[float, bool]] = field(default_factory=list)

    def line(self, name: str) -> str:
        """Return the table's line."""
        shares = (
            _percent(self.right, self.digits),
            _percent(self.extra, self.digits),
            f"{self.extra / self.pages:.2f}",
            _percent(self.whole, self.rows),
            _percent(sum(self.turned), len(self.turned)),
            f"{calibration_error(self.confidences):.2%}" if self.confidences else "-",
            f"{self.seconds / self.pages:.2f}",
        )
        return f"{name:<9}{self.pages:>6}{self.digits:>8}" + "".join(
            f"{each:>9}" for each in shares
        )


def read(reader: Reader, page: Known, tally: Tally) -> None:
    """Read a page and count what is right."""
    began = time.perf_counter()
    (answer,) = read_pages(reader, [PictureSource("", lambda: page.photo)], "auto")
    tally.seconds += time.perf_counter() - began
    tally.pages += 1
    tally.digits += page.digits
    received = [" ".join(line.text.replace("?", " ").split()) for line in answer.lines]
    tally.rows += len(page.rows)
    tally.whole += (Counter(page.rows) & Counter(received)).total()
    digits = [digit for line in answer.lines for digit in line.digits if digit.label]
    if page.glyphs is None:
        errors, extra = errors_and_extra(page.rows, received)
        tally.right += page.digits - (errors - extra)
        tally.extra += extra
    else:
        _count(digits, page.glyphs, tally)


def _count(digits: Sequence[Digit], glyphs: Sequence[Glyph], tally: Tally) -> None:
    """Count digits by the marks that stand where they do."""
    boxes = np.array([digit.box for digit in digits], np.float32).reshape(-1, 4)
    for digit, place in zip(digits, partners(boxes, glyphs), strict=True):
        label = glyphs[place].label if place >= 0 else None
        right = label is not None and digit.label == str(label)
        tally.right += right
        tally.extra += label is None
        tally.confidences.append((digit.confidence, right))


def turn(reader: Reader, page: Known, tally: Tally) -> None:
    """Turn a page four ways, and count how often it is turned back."""
    upright = page.photo.upright()
    for degrees in (0, 90, 180, 270):
        photo = Photo(turned(upright, -degrees), None)
        tally.turned.append(turn_upright(reader, photo, "auto").degrees == degrees)


def calibration_error(confidences: Sequence[tuple[float, bool]]) -> float:
    """Return the mean distance of confidence and accuracy over bins, by their sizes."""
    told, right = np.array(confidences, float).T
    bins = np.minimum((told * BINS).astype(int), BINS - 1)
    return float(np.abs(np.bincount(bins, told - right)).sum() / len(told))


def made(page: MadePage) -> Known:
    """Return a made page with the text of its rows, without what is no digit."""
    digits = [glyph for glyph in page.glyphs if glyph.label is not None and glyph.row >= 0]
    digits.sort(key=lambda glyph: (glyph.row, glyph.box[0] + glyph.box[2] / 2))
    rows = tuple(
        " ".join(
            "".join(str(glyph.label) for glyph in number)
            for _, number in groupby(row, key=lambda glyph: glyph.number)
        )
        for _, row in groupby(digits, key=lambda glyph: glyph.row)
    )
    return Known(Photo(page.grey, None), rows, page.glyphs)


def pages_of_lines(count: int, store: Store) -> Iterator[Known]:
    """Yield pages of `tests/pages.py`."""
    test = load_split("mnist", "test", store)
    for number in range(count):
        page = make_page(test.images, test.class_indices, (0, number))
        grey = np.asarray(Image.fromarray(page.picture).convert("L"))
        yield Known(Photo(grey, None), page.lines)


def labelled_photos(folder: Path) -> Iterator[Known]:
    """Yield the photos that a folder's `labels.csv` names."""
    with (folder / "labels.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            (source,) = pages_from_paths([str(folder / row["file"])])
            yield Known(source.read(), tuple(row["rows"].split("|")))


def show(reader: Reader, name: str, pages: Iterable[Known], turns: int) -> None:
    """Read pages of a kind, and print the table's line."""
    tally = Tally()
    for number, page in enumerate(pages):
        read(reader, page, tally)
        if number < turns and page.digits:
            turn(reader, page, tally)
    if tally.pages:
        print(tally.line(name), flush=True)


def _percent(part: int, whole: int) -> str:
    return f"{part / whole:.2%}" if whole else "-"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description="How well pages are read.")
    parser.add_argument("--data-dir", type=Path, help="holds MNIST's files")
    parser.add_argument("--pages", type=int, default=20, help="made pages of each kind")
    parser.add_argument("--lines", type=int, default=200, help="pages of lines")
    parser.add_argument("--turned", type=int, default=20, help="pages of a kind turned four ways")
    parser.add_argument("--fonts", type=Path, action="append", default=[])
    parser.add_argument("--photos", type=Path)
    parser.add_argument("--model", default="bundled")
    options = parser.parse_args()
    reader, store = open_reader(choose_reader(options.model), threads=1), Store(options.data_dir)
    print(f"{'kind':<9}{'pages':>6}{'digits':>8}" + "".join(f"{name:>9}" for name in COLUMNS))
    digits = load_split("mnist", "train", store)
    _, kept = divided(digits.images, digits.class_indices, options.fonts)
    for kind, pages in kept.pages(options.pages).items():
        show(reader, kind, map(made, pages), options.turned)
    show(reader, "lines", pages_of_lines(options.lines, store), options.turned)
    if options.photos:
        show(reader, "photos", labelled_photos(options.photos), 0)


if __name__ == "__main__":
    main()
