"""Generated pages for training and testing the page reader: pixels and marks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from mnistkit.reading.learning.desk import Desk, Scene, set_desk, trimmed
from mnistkit.reading.learning.digits import Digits
from mnistkit.reading.learning.drawing import Box, View
from mnistkit.reading.learning.kinds.blank import lay_blank
from mnistkit.reading.learning.kinds.columns import lay_columns
from mnistkit.reading.learning.kinds.exam import lay_exam
from mnistkit.reading.learning.kinds.form import lay_form
from mnistkit.reading.learning.kinds.marks_list import lay_marks
from mnistkit.reading.learning.kinds.notes import lay_notes
from mnistkit.reading.learning.kinds.printed import lay_print
from mnistkit.reading.learning.kinds.rows import lay_rows
from mnistkit.reading.learning.kinds.sudoku import lay_sudoku
from mnistkit.reading.learning.kinds.table import lay_table
from mnistkit.reading.learning.kinds.words_only import lay_words
from mnistkit.reading.learning.marks import Mark, Random, between, chance
from mnistkit.reading.learning.photo import photograph
from mnistkit.reading.learning.views import crop_view, page_view


@dataclass(frozen=True)
class Glyph:
    """A mark on a made page.

    Args:
        box: Left, top, width and height, in pixels of the page, tight around the mark's ink.
        label: The digit; None for any other mark: a letter, a sign, a tick, a cross.
        printed: Whether it is printed, not handwritten.
        row: Its line of text; -1 for none.
        number: Its number or word in that line.
    """

    box: tuple[float, float, float, float]
    label: int | None
    printed: bool
    row: int
    number: int


@dataclass(frozen=True)
class MadePage:
    """A made page and its marks.

    Args:
        grey: uint8 (height, width), a photo or a scan.
        glyphs: Its marks.
        kind: What it shows, one of `KINDS`.
    """

    grey: NDArray[np.uint8]
    glyphs: tuple[Glyph, ...]
    kind: str


LAYOUTS: dict[str, Callable[[Desk], Scene]] = {
    "rows": lay_rows,
    "columns": lay_columns,
    "table": lay_table,
    "form": lay_form,
    "sudoku": lay_sudoku,
    "exam": lay_exam,
    "marks": lay_marks,
    "notes": lay_notes,
    "print": lay_print,
    "words": lay_words,
    "blank": lay_blank,
}
"""The function that lays out each kind of page."""

KINDS = tuple(LAYOUTS)
SHARES: dict[str, float] = {
    "rows": 0.2,
    "columns": 0.05,
    "table": 0.08,
    "form": 0.13,
    "sudoku": 0.14,
    "exam": 0.07,
    "marks": 0.04,
    "notes": 0.07,
    "print": 0.07,
    "words": 0.13,
    "blank": 0.02,
}
"""Share of the training crops that show each kind; the sum is 1."""
SIDEWAYS = 0.04
"""Share of the training crops that lie on their side."""


def make_page(
    kind: str, source: Random, digits: Digits, size: tuple[int, int] | None = None
) -> MadePage:
    """Return a page of a kind.

    Args:
        kind: One of `KINDS`.
        source: Where all that is random comes from.
        digits: What digits are made from.
        size: Height and width in pixels; random by default.
    """
    height, width = size or _draw_size(source)
    scale = float(np.exp(between(source, np.log(22), np.log(60))))
    desk = set_desk(source, digits, (width / scale, height / scale))
    scene = LAYOUTS[kind](desk)
    view = page_view(scene, (height, width), source)
    return _made(kind, desk, scene, view, (height, width))


def make_crop(source: Random, digits: Digits, side: int) -> MadePage:
    """Return a training crop: a square window on a page of any kind and scale.

    A box may reach beyond the window; marks wholly outside are left out. A few crops lie on their
    side, and have no digits but zeros, so that the reader finds few digits on a page that does.

    Args:
        source: Where all that is random comes from.
        digits: What digits are made from.
        side: Height and width in pixels.
    """
    kind = str(source.choice(list(SHARES), p=list(SHARES.values())))
    scale = float(np.exp(between(source, np.log(18), np.log(46))))
    room = between(source, 1.0, 1.35) * side / scale
    desk = set_desk(source, digits, (room, room))
    scene = LAYOUTS[kind](desk)
    made = _made(kind, desk, scene, crop_view(scene, side, scale, source), (side, side))
    return _on_its_side(made, int(source.choice([1, 3]))) if chance(source, SIDEWAYS) else made


def _on_its_side(page: MadePage, quarters: int) -> MadePage:
    """Return a page turned counter-clockwise by quarter turns; only zeros stay digits."""
    grey, glyphs = page.grey, page.glyphs
    for _ in range(quarters):
        width = grey.shape[1]
        grey = np.rot90(grey)
        boxes = [
            (top, width - left - wide, high, wide)
            for left, top, wide, high in (g.box for g in glyphs)
        ]
        glyphs = tuple(replace(g, box=box) for g, box in zip(glyphs, boxes, strict=True))
    lying = tuple(replace(g, label=None if g.label else g.label, row=-1) for g in glyphs)
    return MadePage(np.ascontiguousarray(grey), lying, page.kind)


def _draw_size(source: Random) -> tuple[int, int]:
    """Draw the height and width of a page in pixels."""
    long = int(between(source, 640, 1280))
    short = int(long * float(source.choice([0.75, 0.707, 0.6])))
    return (long, short) if chance(source, 0.6) else (short, long)


def _made(kind: str, desk: Desk, scene: Scene, view: View, shape: tuple[int, int]) -> MadePage:
    grey, found = photograph(trimmed(scene), desk.pen, view, shape, desk.source)
    glyphs = (_glyph(mark, box) for mark, box in found if _is_seen(box, shape))
    return MadePage(grey, tuple(glyph for glyph in glyphs if glyph), kind)


def _glyph(mark: Mark, box: Box) -> Glyph | None:
    tag = mark.tag
    return Glyph(box, tag.label, tag.printed, tag.row, tag.number) if tag else None


def _is_seen(box: Box, shape: tuple[int, int]) -> bool:
    left, top, width, height = box
    return left < shape[1] and top < shape[0] and left + width > 0 and top + height > 0
