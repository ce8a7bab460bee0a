"""Lines of numbers, placed in digit heights; the first baseline is at 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from handwriting.glyphs import Glyph
from handwriting.style import Random, Writer, between


@dataclass(frozen=True)
class Placed:
    """A glyph, the left end of its baseline in digit heights, and its slope in radians."""

    glyph: Glyph
    x: float
    y: float
    slope: float


def draw_layout(random: Random) -> list[list[int]]:
    """Draw how many digits each number of each line has."""
    if random.random() < 0.15:
        telephone = [[10], [8], [3, 3, 4], [4, 7], [2, 3, 2, 2], [5, 6]]
        return [telephone[random.integers(len(telephone))]]
    lines, columns = int(random.integers(1, 9)), int(random.integers(1, 5))
    longest = int(random.integers(1, 8))
    return [
        [int(random.integers(1, longest + 1)) for _ in range(columns)]
        if random.random() < 0.8
        else [int(random.integers(1, longest + 1)) for _ in range(random.integers(1, columns + 1))]
        for _ in range(lines)
    ]


def write_text(
    glyphs: Sequence[Glyph], counts: Sequence[Sequence[int]], writer: Writer, random: Random
) -> tuple[list[Placed], int]:
    """Place glyphs line by line; return also how many neighbours were made to touch."""
    rest = iter(glyphs)
    numbers = [[[next(rest) for _ in range(count)] for count in line] for line in counts]
    gaps = [[draw_gaps(number, writer, random) for number in line] for line in numbers]
    widths = [
        [sum(g.width for g in number) + sum(gap) for number, gap in zip(*line, strict=True)]
        for line in zip(numbers, gaps, strict=True)
    ]
    starts = place_numbers(widths, writer, random)
    middle = max(s[-1] + w[-1] for s, w in zip(starts, widths, strict=True)) / 2
    text = []
    for row, line in enumerate(numbers):
        # Lines of different slopes must not meet.
        most = min(0.014, 0.2 * (writer.line_distance - 1) / middle)
        slope = np.radians(writer.slope) + between(random, -most, most)
        baseline = row * writer.line_distance + 0.03 * random.normal()
        for start, number, gap in zip(starts[row], line, gaps[row], strict=True):
            x = start
            for glyph, space in zip(number, [*gap, 0], strict=True):
                y = baseline + (x - middle) * np.tan(slope) + 0.02 * random.normal()
                text.append(Placed(glyph, x, y, slope))
                x += glyph.width + space
    return text, sum(space < 0 for line in gaps for gap in line for space in gap)


def draw_gaps(number: Sequence[Glyph], writer: Writer, random: Random) -> list[float]:
    """Draw the gaps within a number; negative where two digits overlap.

    By 1 to 3 MNIST pixels, yet not so far that a 1 vanishes in its neighbour.
    """
    return [
        -min(between(random, 1, 3) * glyph.size, 0.3 * min(glyph.width, after.width))
        if random.random() < writer.touching
        else writer.gap * between(random, 0.5, 1.5)
        for glyph, after in pairwise(number)
    ]


def place_numbers(
    widths: Sequence[Sequence[float]], writer: Writer, random: Random
) -> list[list[float]]:
    """Return where each number of each line begins."""
    # A digit is some 0.65 heights wide.
    least = max(0.85, 3 * writer.gap)
    if writer.columns == "free":
        gaps = [[between(random, least, 2 * least) for _ in line] for line in widths]
        indents = [between(random, 0, 1.5) for _ in widths]
        return [
            [indent + sum(line[:i]) + sum(gap[:i]) for i in range(len(line))]
            for indent, line, gap in zip(indents, widths, gaps, strict=True)
        ]
    columns = [
        max(line[i] for line in widths if i < len(line)) for i in range(max(map(len, widths)))
    ]
    gap = between(random, least + 0.2, 2 * least)
    share = float(writer.columns == "right")
    return [
        [
            sum(columns[:i]) + i * gap + share * (columns[i] - width) + between(random, -0.1, 0.1)
            for i, width in enumerate(line)
        ]
        for line in widths
    ]


def text_box(text: Sequence[Placed]) -> tuple[float, float, float, float]:
    """Return left, top, right, bottom, in digit heights."""
    return (
        min(placed.x for placed in text),
        min(placed.y for placed in text) - 1,
        max(placed.x + placed.glyph.width for placed in text),
        max(placed.y for placed in text),
    )
