"""Pictures of MNIST's digits as people come by them: dark on light, uint8, of known digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw
from scipy import ndimage

Image8 = NDArray[np.uint8]

PAPER, PEN = 235, 40


def enlarged(image: Image8, factor: int) -> Image8:
    size = image.shape[1] * factor, image.shape[0] * factor
    return np.asarray(Image.fromarray(image).resize(size, Image.Resampling.BICUBIC))


def cropped(image: Image8) -> Image8:
    rows, columns = np.nonzero(image)
    return image[rows.min() : rows.max() + 1, columns.min() : columns.max() + 1]


def written(ink: Image8, paper: int = PAPER, pen: int = PEN) -> NDArray[np.float64]:
    """Grey levels of ink on paper."""
    return paper - ink / 255 * (paper - pen)


def to_bytes(levels: NDArray[np.float64]) -> Image8:
    return np.clip(np.rint(levels), 0, 255).astype(np.uint8)


@cache
def noise(shape: tuple[int, ...], deviation: float) -> NDArray[np.float64]:
    return np.random.default_rng(0).normal(0, deviation, shape)


def in_uneven_light(image: Image8) -> Image8:
    levels = written(np.pad(enlarged(image, 6), 40))
    down, right = np.indices(levels.shape) / max(levels.shape)
    return to_bytes(levels * (1 - 0.3 * right - 0.15 * down))


def with_dark_corners(image: Image8) -> Image8:
    """As a lens and a shadow make them: the light falls by 60 % from the middle to a corner."""
    levels = written(np.pad(enlarged(image, 6), 20), pen=170)
    rows, columns = (np.indices(levels.shape) + 0.5) / levels.shape[0] * 2 - 1
    return to_bytes(levels / (1 + (rows**2 + columns**2) * 0.29) ** 2)


def beside_a_window(image: Image8) -> Image8:
    """The light falls steadily up to the border."""
    levels = written(np.pad(enlarged(image, 6), 20), pen=170)
    right = np.indices(levels.shape)[1] / levels.shape[1]
    return to_bytes(levels * (1 - 0.7 * right) + noise(levels.shape, 2))


def with_a_line_along_an_edge(image: Image8) -> Image8:
    levels = written(np.pad(enlarged(image, 6), 30))
    levels[:, 6:9] = 60
    return to_bytes(levels)


def on_the_edge_of_a_table(image: Image8) -> Image8:
    levels = written(np.pad(enlarged(image, 6), 30))
    levels[-12:] = 20
    return to_bytes(levels)


def with_lines(levels: NDArray[np.float64], line: int, *, squared: bool) -> Image8:
    """Lines 52 pixels apart, two pixels wide, which fall by a pixel in 60."""
    rows, columns = np.indices(levels.shape)
    on_line = (rows - columns // 60 + 24) % 52 < 2
    if squared:
        on_line |= (columns + rows // 60 + 30) % 52 < 2
    return to_bytes(np.where(on_line, np.minimum(levels, line), levels))


def on_ruled_paper(image: Image8) -> Image8:
    return with_lines(written(np.pad(enlarged(image, 5), 60)), 120, squared=False)


def on_squared_paper(image: Image8) -> Image8:
    return with_lines(written(np.pad(enlarged(image, 5), 60)), 130, squared=True)


def drawn_around(image: Image8, line: Sequence[tuple[float, float]]) -> Image8:
    """A digit on a page, and a line around it whose points are shares of the page's sides."""
    page = Image.fromarray(to_bytes(written(np.pad(enlarged(image, 5), 60))))
    points = [(x * page.width, y * page.height) for x, y in line]
    ImageDraw.Draw(page).line(points, fill=60, width=4)
    return np.asarray(page)


def in_a_drawn_frame(image: Image8) -> Image8:
    line = [(0.15, 0.14), (0.5, 0.12), (0.85, 0.15), (0.87, 0.86), (0.16, 0.88), (0.14, 0.13)]
    return drawn_around(image, line)


def in_a_circle(image: Image8) -> Image8:
    """One that is not round, and does not close."""
    turns = np.linspace(0.3, 6.2, 80)
    radii = 0.37 + 0.03 * np.sin(2 * turns + 1)
    points = zip(0.5 + radii * np.cos(turns), 0.5 + radii * np.sin(turns), strict=True)
    return drawn_around(image, [(float(x), float(y)) for x, y in points])


def with_specks(image: Image8) -> Image8:
    levels = written(np.pad(enlarged(image, 6), 30))
    for row, column in [(10, 12), (9, 200), (210, 30), (205, 190), (110, 8), (100, 215)]:
        levels[row : row + 3, column : column + 3] = 60
    return to_bytes(levels)


def with_a_thin_pen(image: Image8) -> Image8:
    thin = ndimage.grey_erosion(enlarged(image, 8), (5, 5))
    return to_bytes(written(np.pad(thin, 20)))


def faint_on_grey(image: Image8) -> Image8:
    levels = written(np.pad(enlarged(image, 5), 30), paper=190, pen=160)
    return to_bytes(levels + noise(levels.shape, 2))


def beside_a_neighbour(image: Image8) -> Image8:
    """The border cuts through the next digit, a tall 0."""
    ink = np.pad(enlarged(image, 5), ((20, 20), (20, 40)))
    rows, columns = np.indices(ink.shape) - np.array([90, 205])[:, None, None]
    ring = np.hypot(rows / 50, columns / 30)
    return to_bytes(written(np.where(np.abs(ring - 1) < 0.2, 255, ink)))


def in_a_large_photo(image: Image8) -> Image8:
    levels = 220 + noise((1500, 2000), 4)
    levels[900:1040, 300:440] -= enlarged(image, 5) * (180 / 255)
    return to_bytes(levels)


CONDITIONS: dict[str, Callable[[Image8], Image8]] = {
    "inverted": lambda image: 255 - image,
    "four times as large": lambda image: 255 - enlarged(image, 4),
    "padded by half": lambda image: 255 - np.pad(image, 14),
    "cropped to the ink": lambda image: 255 - cropped(image),
    "cropped to the ink and large": lambda image: 255 - enlarged(cropped(image), 5),
    "off-centre": lambda image: 255 - np.pad(enlarged(image, 5), ((5, 200), (150, 10))),
    "in uneven light": in_uneven_light,
    "with dark corners": with_dark_corners,
    "beside a window": beside_a_window,
    "with a line along an edge": with_a_line_along_an_edge,
    "on the edge of a table": on_the_edge_of_a_table,
    "on ruled paper": on_ruled_paper,
    "on squared paper": on_squared_paper,
    "in a drawn frame": in_a_drawn_frame,
    "in a circle": in_a_circle,
    "with specks": with_specks,
    "with a thin pen": with_a_thin_pen,
    "faint on grey": faint_on_grey,
    "beside a neighbour": beside_a_neighbour,
    "in a large photo": in_a_large_photo,
}
