"""The table a sheet lies on."""

from __future__ import annotations

import cv2
import numpy as np
from handwriting.glyphs import Field
from handwriting.style import Random, between
from handwriting.texture import clouds
from handwriting.view import Scene
from numpy.typing import NDArray


def lay_on_table(
    sheet: NDArray[np.float32], scene: Scene, sides: tuple[bool, ...], random: Random
) -> NDArray[np.float32]:
    """Cut the sheet on the sides where the table shows: left, above, right, below."""
    mask = cut(scene, sides, random)
    reach = int(0.05 * min(scene.shape)) | 1
    shadow = cv2.blur(mask, (reach, reach))
    table = draw_table(scene.shape, random) * (1 - 0.6 * shadow[..., None])
    return table + mask[..., None] * (sheet - table)


def cut(scene: Scene, sides: tuple[bool, ...], random: Random) -> Field:
    """Return where the sheet is, 1 within; its edges lie between the text and the view's."""
    x, y = scene.corners.T
    seen = np.array([max(x[0], x[3]), max(y[0], y[1]), min(x[1], x[2]), min(y[2], y[3])])
    edges = scene.box + random.uniform(0.4, 0.85, 4) * (seen - scene.box)
    high, wide = scene.shape
    left, top, right, bottom = np.where(sides, edges, [-99, -99, wide + 99, high + 99])
    corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
    # No sheet is cut quite square; the least gap to the text bounds how far it may be off.
    corners += random.uniform(-0.2, 0.2, (4, 2)) * np.abs(edges - scene.box).min()
    mask = np.zeros(scene.shape, np.float32)
    cv2.fillConvexPoly(mask, np.int32(corners * 16), 1, cv2.LINE_AA, 4)
    return mask


def draw_table(shape: tuple[int, int], random: Random) -> NDArray[np.float32]:
    """Draw a dark top, or a wooden one."""
    if random.random() < 0.4:
        level = between(random, 25, 80)
        return level + 3 * clouds(random, shape, 2)[..., None] + np.float32([0, 0, 2])
    grain = sum(clouds(random, shape, down, 40 * down) for down in (2, 5, 14, 40)) / 2
    wood = [(120, 80, 50), (90, 62, 42), (150, 108, 70)][random.integers(3)]
    return np.float32(wood) * (1 + 0.13 * grain[..., None])
