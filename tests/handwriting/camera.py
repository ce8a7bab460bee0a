"""From a sheet to a picture of it: light, lens, sensor, JPEG."""

from __future__ import annotations

import cv2
import numpy as np
from handwriting.glyphs import Field
from handwriting.style import Light, Random, Style, between
from handwriting.view import Scene
from numpy.typing import NDArray


def photograph(
    sheet: NDArray[np.float32], scene: Scene, style: Style, random: Random
) -> NDArray[np.uint8]:
    """Return the picture, RGB uint8 (height, width, 3)."""
    light = style.light
    size = int(style.view.width), int(style.view.height)
    corners = np.float32([(0, 0), (size[0], 0), size, (0, size[1])])
    matrix = cv2.getPerspectiveTransform(np.float32(scene.corners), corners)
    picture = cv2.warpPerspective(
        sheet, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    picture *= shine(light, size[::-1], random)[..., None] * np.float32(light.cast)
    if light.blur > 0.3:
        picture = cv2.GaussianBlur(picture, (0, 0), light.blur)
    noise = light.noise * random.standard_normal(picture.shape[:2], dtype=np.float32)
    # Mostly of brightness; what is of colour is the same noise, moved.
    for channel, moved in enumerate((7, 0, 13)):
        picture[..., channel] += 0.8 * noise + 0.5 * np.roll(noise, moved, axis=(0, 1))
    seen = np.clip(picture, 0, 255).astype(np.uint8)
    quality = [cv2.IMWRITE_JPEG_QUALITY, light.jpeg_quality]
    _, packed = cv2.imencode(".jpg", seen[..., ::-1], quality)
    return np.ascontiguousarray(cv2.imdecode(packed, cv2.IMREAD_COLOR)[..., ::-1])


def shine(light: Light, shape: tuple[int, int], random: Random) -> Field:
    """Return how bright each pixel is lit."""
    y, x = np.mgrid[-1:1:128j, -1:1:128j]
    along = (x * np.cos(light.direction) + y * np.sin(light.direction)) / np.sqrt(2)
    lit = 1 - (1 - light.gradient) * (along + 1) / 2
    lit *= 1 - light.vignette * (x**2 + y**2) / 2
    if light.shadow < 1:
        lit *= 1 - (1 - light.shadow) * cast_shadow(x, y, random)
    return cv2.resize(lit.astype(np.float32), shape[::-1], interpolation=cv2.INTER_LINEAR)


def cast_shadow(
    x: NDArray[np.float64], y: NDArray[np.float64], random: Random
) -> NDArray[np.float64]:
    """Return the shadow, from 0 to 1, of something that reaches in from a side: an arm, a phone."""
    angle, start = between(random, 0, 2 * np.pi), between(random, -0.2, 0.7)
    along, across = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    bent = along - start - between(random, 0, 0.8) * (across - between(random, -1, 1)) ** 2
    return 1 / (1 + np.exp(-bent / between(random, 0.02, 0.12)))
