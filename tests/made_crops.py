"""Simple crops, which are made in no time: filled squares and crosses for two digits."""

from __future__ import annotations

import numpy as np

from mnistkit.reading.learning.made_page import Glyph, MadePage
from mnistkit.reading.learning.targets import targets


def make(source, side):
    """A crop with three marks: a bar (1), a ring (0) and a cross, which is no digit."""
    grey = np.full((side, side), 220, np.uint8)
    glyphs = []
    for place, label in enumerate((1, 0, None)):
        left, top = (int(number) for number in source.integers(4, side // 2 - 24, 2))
        left, top = left + side // 2 * (place % 2), top + side // 2 * (place // 2)
        height, width = 20, 8 if label == 1 else 16
        part = grey[top : top + height, left : left + width]
        part[:] = 30
        if label == 0:
            part[4:-4, 4:-4] = 220
        if label is None:
            part[:8, :6] = part[:8, -6:] = part[-8:, :6] = part[-8:, -6:] = 220
        box = (float(left), float(top), float(width), float(height))
        glyphs.append(Glyph(box, label, label == 0, 0, place))
    return MadePage(grey, tuple(glyphs), "rows")


def prepare():
    """What makes such crops, as worker processes ask for it."""
    return make


def perfect_answer(page):
    """What a perfect network says of a made page."""
    made = targets(page)
    return {
        "heat": made.heat,
        "classes": np.eye(10, dtype=np.float32)[np.maximum(made.label, 0)],
        "printed": made.printed[..., None],
        "boxes": made.boxes,
    }
