"""What one page is generated with: a writer, pens, typefaces, a sheet."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from mnistkit.reading.learning.digits import Digits
from mnistkit.reading.learning.hands import Hand, draw_hand
from mnistkit.reading.learning.marks import Mark, Pen, Random, Tag, between, chance, reaches
from mnistkit.reading.learning.typefaces import Typeface, Typefaces

# The widest gap of a close hand, in usual digit heights.
NARROW_GAP = 0.45


@dataclass(frozen=True)
class Desk:
    """A writer, pens, a typeface and a sheet; lengths in usual digit heights.

    Args:
        source: The random generator.
        digits: The digits and typefaces.
        hand: The writer.
        pen: The writer's pen.
        face: The page's main typeface.
        print_pen: The darkness of print and rules, and the rules' width.
        width: Width of the sheet. A kind of page may use less or more.
        height: Its height.
    """

    source: Random
    digits: Digits
    hand: Hand
    pen: Pen
    face: Typeface
    print_pen: Pen
    width: float
    height: float


@dataclass(frozen=True)
class Scene:
    """A sheet and the marks on it, in usual digit heights.

    Args:
        printed: The printed marks.
        written: The handwritten marks.
        width: Width of the sheet.
        height: Its height.
    """

    printed: list[Mark]
    written: list[Mark]
    width: float
    height: float


def set_desk(source: Random, digits: Digits, size: tuple[float, float]) -> Desk:
    """Draw a writer, a pen and a typeface for a sheet of a size, width and height."""
    hands = digits.typefaces.handwritten
    return Desk(
        source=source,
        digits=digits,
        hand=draw_hand(source, digits, hands[source.integers(len(hands))]),
        pen=draw_pen(source),
        face=pick_face(source, digits.typefaces),
        print_pen=Pen(width=between(source, 0.02, 0.06), darkness=between(source, 0.45, 1.0)),
        width=size[0],
        height=size[1],
    )


def with_close_hand(desk: Desk) -> Desk:
    """Return a desk whose writer leaves narrow gaps, so that neighbouring numbers stay apart."""
    return replace(desk, hand=replace(desk.hand, gap=min(desk.hand.gap, NARROW_GAP)))


def trimmed(scene: Scene) -> Scene:
    """Return a scene without the digits and words that reach beyond the sheet."""
    return replace(
        scene,
        printed=_on_sheet(scene.printed, scene),
        written=_on_sheet(scene.written, scene),
    )


def _on_sheet(marks: list[Mark], scene: Scene) -> list[Mark]:
    if not marks:
        return []
    low, high = reaches(marks)
    fits = np.all((low > 0) & (high < (scene.width, scene.height)), axis=1)
    # Of a cut word a lone l or O would be left, which is a digit.
    cut = {_word(mark.tag) for mark, fit in zip(marks, fits, strict=True) if mark.tag and not fit}
    return [
        mark
        for mark, fit in zip(marks, fits, strict=True)
        if not mark.tag or (fit and (mark.tag.label is not None or _word(mark.tag) not in cut))
    ]


def _word(tag: Tag) -> tuple[int, int]:
    return tag.row, tag.number


def pick_face(source: Random, typefaces: Typefaces) -> Typeface:
    """Draw a typeface for print."""
    faces = typefaces.printed
    return faces[source.integers(len(faces))]


def draw_pen(source: Random) -> Pen:
    """Draw a pencil, a ballpoint, a fine liner, a marker or chalk."""
    kind = int(source.choice(5, p=(0.22, 0.33, 0.2, 0.15, 0.1)))
    low, high = ((0.035, 0.08), (0.03, 0.075), (0.05, 0.11), (0.09, 0.17), (0.07, 0.16))[kind]
    faint, dark = ((0.35, 0.8), (0.4, 0.95), (0.6, 1.0), (0.65, 1.0), (0.5, 0.9))[kind]
    most = (0.5, 0.3, 0.2, 0.4, 0.7)[kind]
    return Pen(
        width=between(source, low, high),
        darkness=between(source, faint, dark),
        pressure=between(source, 0.2, 1.0) if chance(source, 0.4) else 0.0,
        grain=between(source, 0, most),
        dryness=between(source, 0.3, 0.9) if chance(source, 0.2) else between(source, 0, 0.2),
    )
