"""Measuring how well a page reader finds and labels the marks of made pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from mnistkit.core.preprocessing.grey import GreyPicture
from mnistkit.reading.detection import Marks
from mnistkit.reading.learning.made_page import Glyph, MadePage
from mnistkit.reading.learning.targets import is_cut

FOUND = 0.45
"""The least heat of a mark that counts as found."""

READ_HEIGHT = 28.0
"""The height in pixels at which digits are read best."""

# The greatest distance of two middles of the same mark, as a share of its longer side.
NEAR = 0.35


@dataclass
class Tally:
    """Counts over made pages; digits that the edge cuts are left out."""

    digits: int = 0
    found: int = 0
    right: int = 0
    printed_right: int = 0
    false: int = 0
    pages: int = 0

    def measures(self) -> dict[str, float | None]:
        """Return the measures; None for a share of nothing.

        `recall`: share of the digits that were found; `precision`: share of the marks found as
        digits that are digits; `classes` and `printed`: share of the digits found whose label, or
        whose print or handwriting, is right; `read`: share of the digits that were found with the
        right label; `false_a_page`: marks found as digits that are none, per page.
        """
        return {
            "recall": _share(self.found, self.digits),
            "precision": _share(self.found, self.found + self.false),
            "classes": _share(self.right, self.found),
            "printed": _share(self.printed_right, self.found),
            "read": _share(self.right, self.digits),
            "false_a_page": _share(self.false, self.pages),
        }


def measure(look: Callable[[GreyPicture], Marks], pages: Iterable[MadePage]) -> Tally:
    """Return counts of what is found on pages.

    Args:
        look: Returns the marks it finds on a page.
        pages: Made pages, used at their own size.
    """
    tally = Tally()
    for page in pages:
        _count(tally, look(page.grey), page)
    return tally


def as_read(page: MadePage) -> MadePage:
    """Return a page scaled so that its median digit, or other mark, has `READ_HEIGHT`."""
    heights = [glyph.box[3] for glyph in page.glyphs if glyph.label is not None]
    heights = heights or [glyph.box[3] for glyph in page.glyphs]
    times = READ_HEIGHT / float(np.median(heights)) if heights else 1.0
    grey = cv2.resize(page.grey, None, fx=times, fy=times, interpolation=cv2.INTER_AREA)
    glyphs = tuple(_resized(glyph, times) for glyph in page.glyphs)
    return MadePage(np.asarray(grey, np.uint8), glyphs, page.kind)


def _resized(glyph: Glyph, times: float) -> Glyph:
    left, top, width, height = (times * number for number in glyph.box)
    return replace(glyph, box=(left, top, width, height))


def _count(tally: Tally, marks: Marks, page: MadePage) -> None:
    found = marks.of(marks.is_digit & (marks.heat >= FOUND))
    tally.pages += 1
    partner = partners(found.boxes, page.glyphs)
    cut = np.array([is_cut(glyph, page.grey.shape) for glyph in page.glyphs], bool)
    digit = np.array([glyph.label is not None for glyph in page.glyphs], bool)
    tally.digits += int((digit & ~cut).sum())
    for position, other in enumerate(partner):
        if other >= 0 and cut[other]:
            continue
        if other < 0 or not digit[other]:
            tally.false += 1
            continue
        glyph = page.glyphs[other]
        tally.found += 1
        tally.right += int(found.classes[position].argmax() == glyph.label)
        tally.printed_right += int((found.printed[position] >= 0.5) == glyph.printed)  # noqa: PLR2004


def partners(boxes: NDArray[np.float32], glyphs: Sequence[Glyph]) -> NDArray[np.intp]:
    """Return the position of each box's mark among `glyphs`, -1 for none.

    The middles of a box and its mark are near each other; no mark has two boxes.
    """
    partner = np.full(len(boxes), -1, np.intp)
    if not glyphs or not len(boxes):
        return partner
    made = np.array([glyph.box for glyph in glyphs], float)
    apart = (boxes[:, None, :2] + boxes[:, None, 2:] / 2) - (made[:, :2] + made[:, 2:] / 2)
    reach = NEAR * np.maximum(made[:, 2:].max(axis=1), 1.0)
    distance = np.hypot(apart[..., 0], apart[..., 1]) / reach
    for flat in np.argsort(distance, axis=None):
        box, mark = np.unravel_index(flat, distance.shape)
        if distance[box, mark] > 1:
            break
        if partner[box] < 0 and mark not in partner:
            partner[box] = mark
    return partner


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
