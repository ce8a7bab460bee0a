"""Photographing a scene: paper, ink, table, light and camera."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from mnistkit.reading.learning.camera import Grey, light_up, scan, take
from mnistkit.reading.learning.desk import Scene
from mnistkit.reading.learning.drawing import Box, Cover, View, draw
from mnistkit.reading.learning.marks import Mark, Pen, Random, between, chance
from mnistkit.reading.learning.paper import lay_paper, lay_table
from mnistkit.reading.learning.textures import Field, clouds

# Share of the pictures that come from a scanner.
SCANNED = 0.15
# Less grain or dryness of a pen than this is ignored.
UNSEEN = 0.02
# How often an illegible picture is taken again, and about how many of its marks are checked.
RETAKES, LOOKED_AT = 2, 12
# The least contrast of ink and paper: in grey levels, and in multiples of the noise.
LEAST_CONTRAST, OVER_NOISE = 18, 1.6
# A mark with less contrast, in grey levels, is invisible.
GONE = 6
# The standard deviation of normal noise over its median absolute value.
NORMAL = 1.48


@dataclass(frozen=True)
class Inked:
    """Marks, their boxes, and how much ink covers each pixel."""

    cover: Cover
    marks: list[Mark]
    boxes: list[Box]


def photograph(
    scene: Scene, pen: Pen, view: View, shape: tuple[int, int], source: Random
) -> tuple[Grey, list[tuple[Mark, Box]]]:
    """Return the picture, and the marks with the boxes of their ink.

    An illegible picture is taken again with more ink. Marks that are still invisible are left
    out.
    """
    grey, inked = _taken(scene, pen, view, shape, source)
    for _ in range(RETAKES):
        if _is_legible(grey, inked):
            break
        pen = _more_ink(pen)
        written = [replace(mark, pen=_more_ink(mark.pen)) for mark in scene.written]
        printed = [replace(mark, pen=_more_ink(mark.pen)) for mark in scene.printed]
        scene = replace(scene, written=written, printed=printed)
        grey, inked = _taken(scene, pen, view, shape, source)
    both = zip(inked.marks, inked.boxes, strict=True)
    return grey, [(mark, box) for mark, box in both if not _is_gone(grey, inked.cover, box)]


def _is_gone(grey: Grey, cover: Cover, box: Box) -> bool:
    return _is_inside(box, grey.shape) and _contrast(grey, cover, box) < GONE


def _is_legible(grey: Grey, inked: Inked) -> bool:
    """Return whether print and writing each have more contrast than the noise."""
    noise = NORMAL * float(np.median(cv2.absdiff(grey, cv2.medianBlur(grey, 3))))
    least = max(LEAST_CONTRAST, OVER_NOISE * noise)
    both = list(zip(inked.marks, inked.boxes, strict=True))
    for printed in (False, True):
        tagged = [box for mark, box in both if mark.tag and mark.tag.printed == printed]
        inside = [box for box in tagged if _is_inside(box, grey.shape)]
        some = inside[:: max(1, len(inside) // LOOKED_AT)]
        contrasts = [_contrast(grey, inked.cover, box) for box in some]
        if contrasts and float(np.percentile(contrasts, 25)) < least:
            return False
    return True


def _is_inside(box: Box, shape: tuple[int, ...]) -> bool:
    left, top, width, height = box
    return left >= 0 and top >= 0 and left + width < shape[1] and top + height < shape[0]


def _contrast(grey: Grey, cover: Cover, box: Box) -> float:
    """Return the difference of the mean grey of a box's inked and other pixels."""
    left, top, right, bottom = map(int, (box[0], box[1], box[0] + box[2] + 1, box[1] + box[3] + 1))
    part, ink = grey[top:bottom, left:right], cover[top:bottom, left:right]
    dark = ink > ink.max() // 2
    if dark.all() or not dark.any():
        return 255.0
    return abs(float(part[dark].mean()) - float(part[~dark].mean()))


def _more_ink(pen: Pen) -> Pen:
    return replace(
        pen, darkness=min(1.0, 1.5 * pen.darkness), grain=pen.grain / 2, dryness=pen.dryness / 2
    )


def _taken(
    scene: Scene, pen: Pen, view: View, shape: tuple[int, int], source: Random
) -> tuple[Grey, Inked]:
    scale = view.scale
    printed, written = (
        _ink(marks, view, shape, source) for marks in (scene.printed, scene.written)
    )
    paper = lay_paper(source, shape, scale)
    paper *= 1 - _flow(printed.cover, Pen(0, 1, grain=between(source, 0, 0.3)), scale, source)
    paper *= 1 - _flow(written.cover, pen, scale, source)
    paper = np.maximum(paper, np.float32(between(source, 0.01, 0.12)))
    paper = _on_table(paper, scene, view, source)
    if chance(source, SCANNED):
        grey = scan(paper, source)
    else:
        contrast = pen.darkness * (1 - pen.grain / 2) * (1 - pen.dryness / 2)
        grey = take(paper * light_up(source, shape), source, scale, contrast)
    both = np.maximum(printed.cover, written.cover)
    return grey, Inked(both, printed.marks + written.marks, printed.boxes + written.boxes)


def _ink(marks: list[Mark], view: View, shape: tuple[int, int], source: Random) -> Inked:
    cover = np.zeros(shape, np.uint8)
    return Inked(cover, marks, draw(marks, view, cover, source))


def _flow(cover: Cover, pen: Pen, scale: float, source: Random) -> Field:
    """Return the share of light that ink absorbs, less where grain or a dry pen leaves gaps."""
    taken = cover.astype(np.float32) * np.float32(1 / 255)
    shape = (cover.shape[0], cover.shape[1])
    if pen.grain > UNSEEN:
        tooth = clouds(source, shape, max(1.0, scale / 30))
        taken *= 1 - np.float32(pen.grain) * np.clip(0.35 + 0.5 * tooth, 0, 1)
    if pen.dryness > UNSEEN:
        dry = clouds(source, shape, between(source, 0.3, 2) * scale)
        taken *= 1 - np.float32(pen.dryness) * np.clip(0.35 + 0.5 * dry, 0, 0.9)
    return taken


def _on_table(paper: Field, scene: Scene, view: View, source: Random) -> Field:
    """Return paper with a table around the sheet, where the picture reaches beyond it."""
    share = np.linspace(0, 1, 12)[:, None]
    corners = np.array([(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]) * (scene.width, scene.height)
    edges = [a + share * (b - a) for a, b in pairwise(corners)]
    outline = np.rint(view.to_pixels(np.concatenate(edges)) * 16).astype(np.int32)
    mask = np.zeros(paper.shape, np.uint8)
    cv2.fillPoly(mask, [outline], 255, cv2.LINE_AA, 4)
    if mask.all() or chance(source, 0.5):
        return paper
    sheet = mask.astype(np.float32) / 255
    table = lay_table(source, (paper.shape[0], paper.shape[1]))
    if chance(source, 0.6):
        near = cv2.GaussianBlur(sheet, (0, 0), between(source, 2, 12))
        table *= 1 - np.float32(between(source, 0.2, 0.8)) * near
    return (sheet * paper + (1 - sheet) * table).astype(np.float32)
