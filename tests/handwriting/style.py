"""What makes one page look unlike another.

Lengths are in digit heights, shares from 0 to 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Colour = tuple[float, float, float]
Random = np.random.Generator


@dataclass(frozen=True)
class Writer:
    """A hand: lengths in digit heights, angles in degrees, shares from 0 to 1."""

    slant: float
    """Shear: positive leans to the right."""
    gap: float
    """Between the ink of neighbours."""
    line_distance: float
    slope: float
    unevenness: float
    touching: float
    """The share of neighbours that overlap."""
    columns: str
    """How numbers stand below each other: free, left or right."""


@dataclass(frozen=True)
class Pen:
    """What writes; the width is of a digit's height."""

    kind: str
    colour: Colour
    width: float
    grain: float
    """How much of the paper's tooth shows in a stroke."""


@dataclass(frozen=True)
class Paper:
    """What is written on; the pitch of its lines is in digit heights."""

    kind: str
    colour: Colour
    roughness: float
    lines: str
    """none, ruled or squared."""
    line_colour: Colour
    pitch: float
    blemishes: int


@dataclass(frozen=True)
class Light:
    """How the sheet is lit, and what the camera makes of it."""

    direction: float
    gradient: float
    """The far side's brightness; the near one's is 1."""
    shadow: float
    """The brightness in it; 1 is none."""
    vignette: float
    cast: Colour
    blur: float
    noise: float
    jpeg_quality: int


@dataclass(frozen=True)
class View:
    """Where the camera stands: sizes in pixels, the rotation in degrees."""

    width: float
    height: float
    digit_height: float
    rotation: float
    perspective: float
    table: tuple[bool, bool, bool, bool]
    """Whether it shows to the left, above, to the right and below the sheet."""


@dataclass(frozen=True)
class Style:
    """All that a page's look was drawn from."""

    writer: Writer
    pen: Pen
    paper: Paper
    light: Light
    view: View
    touching_pairs: int


def between(random: Random, low: float, high: float) -> float:
    return float(random.uniform(low, high))


def draw_writer(random: Random, counts: Sequence[Sequence[int]]) -> Writer:
    columns = ["free", "left", "right"][random.integers(3)]
    return Writer(
        slant=between(random, -0.3, 0.3),
        gap=between(random, 0.08, 0.26),
        line_distance=between(random, 1.3, 2.5),
        slope=between(random, -2.2, 2.2),
        unevenness=between(random, 0.02, 0.08),
        touching=between(random, 0.02, 0.1) if random.random() < 0.35 else 0.0,
        columns=columns if len(counts) > 1 else "free",
    )


def draw_paper(random: Random, writer: Writer) -> Paper:
    kind = str(random.choice(["white", "yellow", "grey", "recycled"], p=[0.5, 0.15, 0.15, 0.2]))
    base = {
        "white": (244, 243, 239),
        "yellow": (246, 233, 165),
        "grey": (205, 206, 207),
        "recycled": (214, 205, 188),
    }[kind]
    lines = str(random.choice(["none", "ruled", "squared"], p=[0.5, 0.2, 0.3]))
    shades = [(160, 185, 220), (185, 190, 196), (170, 200, 215), (205, 185, 190)]
    strength = between(random, 0.4, 1.0)
    shade = shades[random.integers(len(shades))]
    return Paper(
        kind=kind,
        colour=tuple(level + between(random, -5, 5) for level in base),
        roughness=between(random, 3, 6) if kind == "recycled" else between(random, 0.5, 2.5),
        lines=lines,
        line_colour=tuple(p + strength * (s - 240) for p, s in zip(base, shade, strict=True)),
        pitch=writer.line_distance if lines == "ruled" else between(random, 0.5, 1.2),
        blemishes=int(random.integers(0, 25)),
    )


def draw_pen(random: Random, paper: Paper) -> Pen:
    kind = str(
        random.choice(["pencil", "ballpoint", "fountain", "marker"], p=[0.3, 0.35, 0.2, 0.15])
    )
    low, high, grain = {
        "pencil": (0.055, 0.1, between(random, 0.5, 1.0)),
        "ballpoint": (0.06, 0.095, between(random, 0.1, 0.35)),
        "fountain": (0.075, 0.12, between(random, 0.0, 0.2)),
        "marker": (0.13, 0.19, between(random, 0.0, 0.15)),
    }[kind]
    # Its grain takes a fifth to a third of that away.
    level = float(np.mean(paper.colour)) - between(random, 62, 105)
    inks = {
        "pencil": [(level, level, level + 3)],
        "ballpoint": [(35, 50, 135), (30, 60, 160), (35, 35, 42)],
        "fountain": [(25, 40, 110), (20, 20, 30), (45, 60, 140)],
        "marker": [(22, 22, 25), (25, 35, 95), (110, 25, 30), (20, 65, 45)],
    }[kind]
    return Pen(kind, inks[random.integers(len(inks))], between(random, low, high), grain)


def draw_light(random: Random, digit_height: float) -> Light:
    shadow = between(random, 0.55, 0.85) if random.random() < 0.35 else 1.0
    warmth = between(random, -0.06, 0.06)
    return Light(
        direction=between(random, 0, 2 * np.pi),
        gradient=between(random, 0.5 if shadow == 1 else 0.7, 1.0),
        shadow=shadow,
        vignette=between(random, 0, 0.25),
        cast=(1 + warmth, 1 + between(random, -0.02, 0.02), 1 - warmth),
        blur=between(random, 0, min(1.3, 0.03 * digit_height)),
        noise=between(random, 0.5, 5),
        jpeg_quality=int(random.integers(55, 96)),
    )
