"""The ways to look at a picture: with dark or light ink, as a page or as a close-up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.reading.polarity import polarities

PAGE_SIDE, CLOSE_UP_SIDE = 1600, 320


@dataclass(frozen=True)
class View:
    """A picture, and how to look at it.

    Args:
        picture: uint8 (height, width), dark ink on light paper.
        close_up: Whether writing may fill it, up to the border: then no table shows, and no
            large dark place is a shadow.
        whole: Whether what looks like a table is read, too: it may be a sharp shadow.
    """

    picture: GreyPicture
    close_up: bool = False
    whole: bool = False

    @property
    def first_scale(self) -> float:
        """Of the copy that is looked at first."""
        side = CLOSE_UP_SIDE if self.close_up else PAGE_SIDE
        return float(min(1.0, side / max(self.picture.shape)))


def views(picture: GreyPicture) -> Iterator[View]:
    """Yield the ways to look at a picture, the likeliest first."""
    inks = polarities(picture)
    for close_up in (False, True):
        for dark in inks:
            yield View(dark, close_up)
