"""The sheet a text is written on, in pixels."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from handwriting.glyphs import GRID, Field
from handwriting.style import Paper, Pen, Random, Style, between
from handwriting.table import lay_on_table
from handwriting.text import Placed
from handwriting.texture import clouds, stripes
from handwriting.view import Scene
from numpy.typing import NDArray


def draw_sheet(
    text: Sequence[Placed], scene: Scene, style: Style, random: Random
) -> NDArray[np.float32]:
    """Draw all of a scene, RGB (height, width, 3), before light and camera."""
    height = style.view.digit_height
    sheet = lay_paper(style.paper, scene, height, random)
    blemish(sheet, style, random)
    ink = lay_ink(text, scene, height) * flow(style.pen, scene.shape, height, random)
    sheet += ink[..., None] * (np.float32(style.pen.colour) - sheet)
    if any(style.view.table):
        sheet = lay_on_table(sheet, scene, style.view.table, random)
    return sheet


def lay_paper(paper: Paper, scene: Scene, height: float, random: Random) -> NDArray[np.float32]:
    shape = scene.shape
    texture = sum(clouds(random, shape, size) for size in (1.5, 6, 60))
    stains = np.maximum(clouds(random, shape, max(shape) / 4), 0)
    shade = paper.roughness / 1.5 * texture - between(random, 0, 5) * stains
    sheet = np.float32(paper.colour) + shade[..., None]
    if paper.lines != "none":
        lines = draw_lines(paper, scene, height, random)
        colour = np.float32(paper.line_colour) - np.float32(paper.colour)
        sheet += 0.9 * lines[..., None] * colour
    return sheet


def draw_lines(paper: Paper, scene: Scene, height: float, random: Random) -> Field:
    """Return the paper's printed lines, 1 on them; the first line of text stands on one."""
    pitch = paper.pitch * height
    width = max(1.0, pitch / 40)
    lines = np.zeros(scene.shape, np.float32)
    lines += stripes(scene.shape[0], scene.origin[1] + 0.06 * height, pitch, width)[:, None]
    if paper.lines == "squared":
        across = stripes(scene.shape[1], between(random, 0, pitch), pitch, width)
        np.maximum(lines, across, out=lines)
    return lines


def lay_ink(text: Sequence[Placed], scene: Scene, height: float) -> Field:
    """Return how much ink, from 0 to 1, covers each pixel."""
    ink = np.zeros(scene.shape, np.float32)
    for placed in text:
        scale = placed.glyph.size * height
        matrix = glyph_matrix(placed, scale)
        matrix[:, 2] += scene.origin + np.array([placed.x, placed.y]) * height
        side = placed.glyph.field.shape[0]
        reach = np.array([(0, 0, 1), (side, 0, 1), (0, side, 1), (side, side, 1)]) @ matrix.T
        low = np.maximum(np.floor(reach.min(0)), 0).astype(int)
        high = np.minimum(np.ceil(reach.max(0)).astype(int), scene.shape[::-1])
        matrix[:, 2] -= low
        size = tuple(map(int, high - low))
        distance = cv2.warpAffine(
            placed.glyph.field, matrix, size, flags=cv2.INTER_CUBIC, borderValue=-9
        )
        part = ink[low[1] : high[1], low[0] : high[0]]
        np.maximum(part, np.clip(0.5 + distance * scale, 0, 1), out=part)
    return ink


def glyph_matrix(placed: Placed, scale: float) -> NDArray[np.float64]:
    """Return the 2x3 matrix from a field's points to pixels around the glyph's left bottom."""
    glyph = placed.glyph
    shear = np.array([(1, -glyph.slant), (0, 1)]) / GRID
    corner = np.array([[glyph.slant * glyph.bottom - glyph.left], [-glyph.bottom]])
    cosine, sine = np.cos(placed.slope), np.sin(placed.slope)
    turn = np.array([(cosine, -sine), (sine, cosine)])
    return scale * turn @ np.hstack([shear, corner])


def flow(pen: Pen, shape: tuple[int, int], height: float, random: Random) -> Field:
    """Return how well the pen covers: less where the paper's tooth or a dry pen leaves gaps."""
    tooth = np.clip(0.3 + 0.5 * clouds(random, shape, max(1.5, height / 35)), 0, 0.9)
    dryness = np.clip(clouds(random, shape, height / 2), -0.5, 2)
    return np.clip((1 - pen.grain * tooth) * (1 - 0.05 * dryness), 0, 1)


def blemish(sheet: NDArray[np.float32], style: Style, random: Random) -> None:
    """Add dots of the pen, specks of dirt, and fibres of recycled paper."""
    paper, height = style.paper, style.view.digit_height
    fibres = sheet.shape[0] * sheet.shape[1] // 9000 if paper.kind == "recycled" else 0
    for _ in range(random.integers(0, 4)):
        reach = between(random, 0.01, 0.045) * height
        spot(sheet, (reach, reach), style.pen.colour, random)
    for _ in range(paper.blemishes):
        reach = between(random, 0.01, 0.05) * height
        spot(sheet, (reach, reach), darker(paper, random), random)
    for _ in range(fibres):
        reach = between(random, 0.01, 0.05) * height
        spot(sheet, (reach, reach / 3), darker(paper, random), random)


def darker(paper: Paper, random: Random) -> tuple[float, ...]:
    share = between(random, 0.7, 0.93)
    return tuple(share * level for level in paper.colour)


def spot(
    sheet: NDArray[np.float32],
    axes: tuple[float, float],
    colour: tuple[float, ...],
    random: Random,
) -> None:
    high, wide = sheet.shape[:2]
    centre = int(random.integers(wide)), int(random.integers(high))
    size = tuple(max(1, round(axis)) for axis in axes)
    cv2.ellipse(sheet, centre, size, between(random, 0, 180), 0, 360, colour, -1, cv2.LINE_AA)
