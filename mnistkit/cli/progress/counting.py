"""Showing how many items or bytes of a known number are done."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TypeVar

from mnistkit.cli.progress.display import Display
from mnistkit.cli.progress.stage import BYTES, Stage
from mnistkit.fetching.download import Parts, Track

Item = TypeVar("Item")


def counted(items: Iterable[Item], total: int, unit: str) -> Iterator[Item]:
    """Yield the items, and show their number."""
    with Display() as display:
        display.stage(unit, total, unit)
        for item in items:
            yield item
            display.advance()


def downloads(display: Display | None) -> Track:
    """Return what shows the bytes of a download, in a command's display or in one of its own."""
    return _alone if display is None else partial(_within, display)


def _alone(parts: Parts, total: int | None, name: str) -> Parts:
    with Display() as display:
        yield from _within(display, parts, total, name)


def _within(display: Display, parts: Parts, total: int | None, name: str) -> Parts:
    """Yield the parts of a file, and show their bytes instead of the stage they belong to."""
    before = display.show(Stage(name, total, BYTES))
    try:
        for part in parts:
            yield part
            display.advance(len(part))
    finally:
        display.show(before)
