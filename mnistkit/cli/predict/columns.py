"""A table on a terminal whose rows are not all there yet: each is a line as soon as it comes."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence

GAP = "  "
# Of the first column, before its cells are known; less only where the terminal is too narrow.
USUAL_WIDTH, LEAST_WIDTH = 24, 12


def lines(
    header: Sequence[str],
    rows: Iterable[Sequence[str]],
    widths: Sequence[int],
    known: Iterable[str] = (),
) -> Iterator[str]:
    """Yield the header and a line for each row.

    Args:
        header: The names of the columns.
        rows: Their cells; an empty one is shown as `-`.
        widths: Of all columns but the first, in columns of the terminal.
        known: Cells of the first column that are known beforehand. It is as wide as these and
            those that came; one that the terminal has no room for stands in a line of its own.
    """
    room = shutil.get_terminal_size().columns - sum(widths) - len(GAP) * len(widths)
    most = max(room, LEAST_WIDTH)
    first = max(min(USUAL_WIDTH, most), *(width(name) for name in known if width(name) <= most), 0)
    yield _line(header, [first, *widths])
    for name, *others in rows:
        if width(name) > most:
            yield name
            yield _line(["", *(cell or "-" for cell in others)], [first, *widths])
        else:
            first = max(first, width(name))
            yield _line([name, *(cell or "-" for cell in others)], [first, *widths])


def width(text: str) -> int:
    """Return how many terminal columns a text takes; a Chinese character takes two."""
    # Not at the top: only a terminal needs it.
    from unicodedata import combining, east_asian_width

    wide = sum(east_asian_width(letter) in "WF" for letter in text)
    return len(text) + wide - sum(combining(letter) > 0 for letter in text)


def _line(cells: Sequence[str], widths: Sequence[int]) -> str:
    padded = (cell + " " * (wide - width(cell)) for cell, wide in zip(cells, widths, strict=True))
    return GAP.join(padded).rstrip()
