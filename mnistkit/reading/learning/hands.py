"""A writer's hand: the form and size of each digit, and the gaps between digits."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mnistkit.reading.learning.digits import Digits, as_shape
from mnistkit.reading.learning.marks import Random, Shape, between, chance
from mnistkit.reading.learning.skeletons import Points
from mnistkit.reading.learning.templates import TEMPLATES, smooth_stroke
from mnistkit.reading.learning.typefaces import Typeface

LABELS = range(10)
# The sources of a hand's digits, and their shares.
MAKES = ("template", "strokes", "outlines", "typeface")
SHARES = (0.36, 0.32, 0.2, 0.12)
# Digits whose extra length is at the top, not below the baseline.
RISING = {6}
# The least height of a digit, in usual heights.
SMALLEST = 0.36
# The greatest width of a digit, in its own heights.
WIDEST = 1.25


@dataclass(frozen=True)
class Hand:
    """A writer's handwriting; lengths in usual digit heights.

    Args:
        makes: For each digit, its source: one of `MAKES`.
        choices: For each digit, its variants: templates, or MNIST's images.
        face: The typeface of letters, and of digits from a typeface.
        sizes: Each digit's height.
        drops: How far each digit goes below the baseline.
        slant: Shear to the right.
        breadth: Factor for the width.
        wobble: How much the same digit varies.
        unevenness: How much heights vary.
        gap: Between neighbours' ink.
        gap_spread: How much the gap varies, as the standard deviation of its logarithm.
        touching: Share of neighbours that touch or overlap.
        retraced: Share of digits whose strokes are written twice.
    """

    makes: tuple[str, ...]
    choices: tuple[tuple[int, ...], ...]
    face: Typeface
    sizes: NDArray[np.float64]
    drops: NDArray[np.float64]
    slant: float
    breadth: float
    wobble: float
    unevenness: float
    gap: float
    gap_spread: float
    touching: float
    retraced: float


def draw_hand(source: Random, digits: Digits, face: Typeface) -> Hand:
    """Draw a writer."""
    main = str(source.choice(MAKES, p=SHARES))
    # Outlines have the width of their own pen, so a hand does not mix them with strokes.
    others = ("outlines",) if main == "outlines" else ("template", "strokes")
    makes = tuple(main if chance(source, 0.85) else str(source.choice(others)) for _ in LABELS)
    sizes, drops = _draw_sizes(source)
    return Hand(
        makes=makes,
        choices=tuple(_draw_choices(makes[label], label, digits, source) for label in LABELS),
        face=face,
        sizes=sizes,
        drops=drops,
        slant=between(source, -0.25, 0.45) if chance(source, 0.7) else 0.0,
        breadth=float(np.exp(source.normal(0, 0.16))),
        wobble=between(source, 0.01, 0.045),
        unevenness=between(source, 0.02, 0.1)
        if chance(source, 0.75)
        else between(source, 0.1, 0.35),
        gap=_draw_gap(source),
        gap_spread=between(source, 0.05, 0.25),
        touching=between(source, 0.05, 0.3) if chance(source, 0.2) else 0.02,
        retraced=between(source, 0.2, 0.9) if chance(source, 0.08) else 0.0,
    )


def _draw_gap(source: Random) -> float:
    """Draw the gap between digits; narrow ones are more frequent."""
    low, high = ((-0.02, 0.08), (0.06, 0.3), (0.3, 0.7), (0.7, 2.2))[
        source.choice(4, p=(0.16, 0.52, 0.19, 0.13))
    ]
    return between(source, low, high)


def _draw_sizes(source: Random) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Draw the digits' heights and drops: some zeros are small, some sevens and nines long."""
    sizes, drops = np.exp(source.normal(0, 0.05, 10)), np.zeros(10)
    if chance(source, 0.3):
        sizes[0] = between(source, 0.4, 0.8)
    for label, share in ((7, 0.35), (9, 0.35), (4, 0.2), (1, 0.2), (5, 0.1), (3, 0.1), (6, 0.15)):
        if chance(source, share):
            sizes[label] *= between(source, 1.15, 1.7)
            rising = label in RISING or chance(source, 0.25)
            drops[label] = 0 if rising else sizes[label] - 1
    return sizes, drops


def _draw_choices(make: str, label: int, digits: Digits, source: Random) -> tuple[int, ...]:
    count = int(source.integers(1, 3))
    if make in {"strokes", "outlines"}:
        return tuple(digits.pick(label, source) for _ in range(count + 1))
    ways = len(TEMPLATES[label])
    return tuple(
        int(min(source.integers(ways), source.integers(1, 2 * ways))) for _ in range(count)
    )


def write_digit(hand: Hand, label: int, digits: Digits, source: Random) -> Shape:
    """Return a digit as this hand writes it, varied at random, at the origin."""
    shape = _model(hand, label, digits, source)
    uneven = np.exp(np.clip(source.normal(0, hand.unevenness), -0.9, 0.9))
    size = max(SMALLEST, hand.sizes[label] * uneven)
    slant = hand.slant + source.normal(0, 0.04)
    breadth = hand.breadth * np.exp(source.normal(0, 0.06))
    # MNIST's digits lean already: half of that is removed.
    if hand.makes[label] in ("strokes", "outlines"):
        slant -= 0.5 * _lean(shape)
    bent = bend([*shape.parts], hand.wobble, source)
    if not shape.filled and chance(source, hand.retraced):
        bent += [part + source.normal(0, 0.02, 2) for part in bend(bent, 0.02, source)]
    matrix = np.array([(breadth, 0.0), (-slant, 1.0)])
    turned = _not_flat([part @ matrix for part in bent])
    return aligned([size * part + (0, hand.drops[label]) for part in turned], filled=shape.filled)


def _not_flat(parts: list[Points]) -> list[Points]:
    """Return parts narrowed to at most `WIDEST` times their height."""
    wide, high = np.ptp(np.concatenate(parts), axis=0)
    narrower = min(1.0, WIDEST * high / max(wide, 1e-6))
    return [part * (narrower, 1.0) for part in parts]


def aligned(parts: list[Points], *, filled: bool) -> Shape:
    """Return parts as a shape that starts at x = 0 and advances by their width."""
    points = np.concatenate(parts)
    left, right = points[:, 0].min(), points[:, 0].max()
    return Shape(tuple(part - (left, 0) for part in parts), filled, float(right - left))


def _model(hand: Hand, label: int, digits: Digits, source: Random) -> Shape:
    choices = hand.choices[label]
    choice = choices[int(source.integers(len(choices)))]
    make = hand.makes[label]
    if make == "strokes":
        return digits.strokes(choice)
    if make == "outlines":
        return digits.outlines(choice)
    if make == "typeface":
        return as_shape([*hand.face.strokes(str(label)).parts], filled=False)
    strokes = [
        smooth_stroke(_jittered(stroke, hand.wobble, source))
        for stroke in TEMPLATES[label][choice % len(TEMPLATES[label])]
    ]
    return as_shape(strokes, filled=False)


def _jittered(points: Points, wobble: float, source: Random) -> Points:
    """Return control points moved a little; those of a corner or a closed loop move together."""
    moves = source.normal(0, wobble, points.shape)
    if (points[0] == points[-1]).all():
        moves[-1] = moves[0]
    same = np.flatnonzero((points[1:] == points[:-1]).all(axis=1))
    moves[same + 1] = moves[same]
    return points + moves


def _lean(shape: Shape) -> float:
    """Return how far a shape leans to the right per height, by regression."""
    points = np.concatenate(shape.parts)
    x, y = (points - points.mean(axis=0)).T
    return float(np.clip(-(x @ y) / max(y @ y, 1e-6), -0.6, 0.6))


def bend(parts: list[Points], strength: float, source: Random) -> list[Points]:
    """Return parts whose points are moved by two smooth random waves."""
    directions, moves = source.normal(0, 1, (2, 2, 2))
    phases = source.uniform(0, 2 * np.pi, 2)
    points = np.concatenate(parts)
    moved = points + strength * np.sin(points @ (3.5 * directions) + phases) @ moves
    return np.split(moved, np.cumsum([len(part) for part in parts])[:-1])
