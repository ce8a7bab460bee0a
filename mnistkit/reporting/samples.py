"""Drawing samples of a dataset's classes."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from mnistkit.core.arrays import IMAGE_SHAPE, Images
from mnistkit.data.loading import LabelledImages
from mnistkit.reporting import style
from mnistkit.reporting.figures import save_figure

COLUMNS = 10
# Classes; with more, many viewers refuse so high a picture.
MOST_ROWS = 100
GAP = 2
ROW_INCHES = 0.45


def samples(loaded: LabelledImages, class_index: int, most: int) -> Images:
    """Return the first images of a class, at most `most`, uint8 (n, 28, 28)."""
    positions = np.flatnonzero(loaded.class_indices == class_index)[:most]
    return loaded.images[positions]


def draw(loaded: LabelledImages, path: Path, *, overwrite: bool = True) -> None:
    """Draw a row of samples per class; the file's suffix decides the format (PNG, PDF, SVG)."""
    from matplotlib.figure import Figure

    names = loaded.dataset.class_names[:MOST_ROWS]
    pitch = IMAGE_SHAPE[0] + GAP
    grid = np.zeros((len(names) * pitch, COLUMNS * pitch), np.uint8)
    for row in range(len(names)):
        for column, image in enumerate(samples(loaded, row, COLUMNS)):
            top, left = row * pitch + GAP // 2, column * pitch + GAP // 2
            grid[top : top + IMAGE_SHAPE[0], left : left + IMAGE_SHAPE[1]] = image
    with style.styled(**{"axes.grid": False}):
        size = (COLUMNS * ROW_INCHES + 1.5, len(names) * ROW_INCHES + 0.5)
        figure = Figure(figsize=size)
        axes = figure.subplots()
        axes.imshow(grid, cmap="gray", vmin=0, vmax=255)
        axes.set(xticks=[], ylabel="class")
        # matplotlib would typeset text between dollar signs as mathematics.
        axes.set_yticks([(row + 0.5) * pitch for row in range(len(names))], names, parse_math=False)
        axes.tick_params(length=0)
        title = f"{style.brief(loaded.name)}, {loaded.split} split"
        left_out = len(loaded.dataset.class_names) - len(names)
        more = f"; {left_out:,} more classes" if left_out else ""
        axes.set_title(f"{title}{more}", parse_math=False)
        save_figure(figure, path, overwrite=overwrite)
