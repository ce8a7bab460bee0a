"""Where the camera stands, and what of the world it sees."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from handwriting.style import Random, View, between
from handwriting.text import Placed, text_box
from numpy.typing import NDArray

SMALLEST, LARGEST = 24.0, 160.0  # A digit's height.
LONGEST_SIDE = 4000.0


@dataclass(frozen=True)
class Scene:
    """The world around a text, in pixels before the camera turns: x and y from its left top."""

    origin: NDArray[np.float64]
    """Where the first baseline begins."""
    box: NDArray[np.float64]
    """The text's left, top, right and bottom."""
    corners: NDArray[np.float64]
    """What the picture's corners show (4, 2), clockwise from its left top."""

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width of all that is seen."""
        width, height = self.corners.max(0)
        return int(height) + 1, int(width) + 1


def draw_view(random: Random, box: Sequence[float]) -> View:
    """Draw a view of a text that takes a box in digit heights."""
    wide, high = box[2] - box[0] + 1.2, box[3] - box[1] + 1.2
    shapes = [high / wide, 3 / 4, 4 / 3, 2**-0.5, 2**0.5]
    shape = shapes[random.choice(5, p=[0.3, 0.25, 0.15, 0.15, 0.15])]
    long = float(np.clip(random.lognormal(np.log(1400), 0.35), 600, LONGEST_SIDE))
    width, height = long * min(1, 1 / shape), long * min(1, shape)
    rotation = between(random, -6, 6)
    table = random.random(4) < 0.6 if random.random() < 0.33 else np.zeros(4, bool)
    lean = abs(np.sin(np.radians(rotation)))
    # The height at which the digits fill the picture.
    room = (0.78 if table.any() else 0.88) * min(
        width / (wide + lean * high), height / (high + lean * wide)
    )
    digit = float(np.clip(room * between(random, 0.5, 1), SMALLEST, LARGEST))
    grown = min(max(1, digit / room), LONGEST_SIDE / long)
    return View(
        width=width * grown,
        height=height * grown,
        digit_height=min(digit, room * grown),
        rotation=rotation,
        perspective=between(random, 0, 0.025),
        table=tuple(map(bool, table)),
    )


def aim(text: Sequence[Placed], view: View, random: Random) -> Scene:
    """Point the camera; it turns about the text's middle, which keeps the text in the picture."""
    box = np.array(text_box(text)) * view.digit_height
    size = np.array([view.width, view.height])
    angle = np.radians(view.rotation)
    wide, high = box[2:] - box[:2]
    lean = abs(np.sin(angle))
    taken = np.array([wide + lean * high, high + lean * wide]) + 0.8 * view.digit_height
    slack = np.maximum(0.94 * size - taken, 0)
    middle = size / 2 + random.uniform(-0.5, 0.5, 2) * slack
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    seen = (np.array([(0, 0), (1, 0), (1, 1), (0, 1)]) * size - middle) @ turn
    seen += random.uniform(-1, 1, (4, 2)) * view.perspective * size
    shift = -seen.min(0)
    origin = shift - (box[:2] + box[2:]) / 2
    return Scene(origin, box + np.tile(origin, 2), seen + shift)
