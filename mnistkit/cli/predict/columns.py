"""Tables on a terminal that are printed row by row, before all rows are known."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Sequence

GAP = "  "
# Width of the first column before its cells are known, unless the terminal is too narrow.
USUAL_WIDTH, LEAST_WIDTH = 24, 12


class Columns:
    """Lays out rows one by one.

    Args:
        header: Names of the columns.
        widths: Widths of all columns but the first, in terminal columns.
        known: Known cells of the first column, which it is wide enough for. A cell that
            is too long for the terminal gets its own line.
    """

    def __init__(
        self, header: Sequence[str], widths: Sequence[int], known: Iterable[str] = ()
    ) -> None:
        room = shutil.get_terminal_size().columns - sum(widths) - len(GAP) * len(widths)
        self._most = max(room, LEAST_WIDTH)
        fitting = (width(name) for name in known if width(name) <= self._most)
        self._first = max(min(USUAL_WIDTH, self._most), *fitting, 0)
        self._header, self._widths = header, widths

    def heading(self) -> str:
        """Return the line of the columns' names."""
        return self._line(self._header)

    def lines(self, row: Sequence[str]) -> Iterator[str]:
        """Yield the lines of a row, usually one; an empty cell is shown as `-`."""
        name, *others = row
        if width(name) > self._most:
            yield name
            name = ""
        self._first = max(self._first, width(name))
        yield self._line([name, *(cell or "-" for cell in others)])

    def _line(self, cells: Sequence[str]) -> str:
        widths = [self._first, *self._widths]
        padded = (
            cell + " " * (wide - width(cell)) for cell, wide in zip(cells, widths, strict=True)
        )
        return GAP.join(padded).rstrip()


def width(text: str) -> int:
    """Return how many terminal columns a text takes; a Chinese character takes two."""
    # Imported here, since only a terminal needs it.
    from rich.cells import cell_len

    return cell_len(text)
